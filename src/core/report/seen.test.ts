import assert from 'node:assert/strict'
import test from 'node:test'
import type { Domain } from '../../base/brand.ts'
import type { DkimFinding } from '../../proto/dkim/finding.ts'
import type { DmarcOutcome } from '../../proto/dmarc/outcome.ts'
import { parseDmarcRecord } from '../../proto/dmarc/record.ts'
import { silentLog } from '../../base/log.ts'
import { dmarcTally } from './dmarc-tally.ts'
import type { CountedSeen } from './dmarc-tally.ts'
import { seenOf } from './seen.ts'
import type { JudgedMessage } from './seen.ts'

const OUTCOME: DmarcOutcome = {
  result: 'pass', reasons: [], author: 'mail.me.test' as Domain, organization: 'me.test', policyDomain: 'me.test', record: parseDmarcRecord('v=DMARC1; p=reject; rua=mailto:a@me.test'), tag: 'p',
  published: 'reject', applies: 'none', spfAligned: null, dkimAligned: ['me.test'], exists: null, queries: 1,
}

function signature(domain: string | null, result: DkimFinding['result'], selector = 's'): DkimFinding {
  return { result, reason: null, domain, selector, identity: null, algorithm: null, prefix: null, keyBits: null, testing: false, names: [] }
}

const MESSAGE: JudgedMessage = {
  source: '192.0.2.1', outcome: OUTCOME, decision: { action: 'score', disposition: 'pass', override: null, because: [] }, envelopeFrom: 'bounce.test',
  spf: { result: 'pass', identity: 'mailfrom', domain: 'bounce.test', reason: null }, dkim: [signature('bad.test', 'fail'), signature('other.test', 'pass'), signature('me.test', 'pass'), signature(null, 'neutral'), signature('mail.me.test', 'pass')], isReport: false,
}

test('a row says what was found, and its signatures begin with those that count most', () => {
  const seen = seenOf(MESSAGE)
  assert.deepEqual([seen?.policyDomain, seen?.source, seen?.facts.headerFrom, seen?.facts.dkim, seen?.facts.spf], ['me.test', '192.0.2.1', 'mail.me.test', 'pass', 'fail'])
  assert.deepEqual(seen?.facts.signatures.map(({ domain }) => domain), ['mail.me.test', 'me.test', 'other.test', 'bad.test'])
  assert.deepEqual(seen?.facts.spfCheck, { domain: 'bounce.test', result: 'pass' })
})

test('what became of a message otherwise than was published is told with its reason', () => {
  const override = { type: 'mailing_list', comment: 'list x' } as const
  assert.deepEqual(seenOf({ ...MESSAGE, decision: { action: 'junk', disposition: 'quarantine', override, because: [] } })?.facts.reasons, [override])
})

test('nothing is counted for who asks for no reports, and no report is', () => {
  assert.equal(seenOf({ ...MESSAGE, isReport: true }), null)
  assert.equal(seenOf({ ...MESSAGE, outcome: { ...OUTCOME, record: parseDmarcRecord('v=DMARC1; p=reject') } }), null)
  assert.equal(seenOf({ ...MESSAGE, outcome: { ...OUTCOME, record: null, policyDomain: null, result: 'none' } }), null)
})

test('equal messages of a day are one row, and what cannot be written is lost without harm', async () => {
  const seen = seenOf(MESSAGE)
  assert.ok(seen)
  const written: (readonly CountedSeen[])[] = []
  let nowMs = Date.parse('2026-01-01T23:59:59Z')
  const clock = { nowMs: () => nowMs }
  const tally = dmarcTally({ write: async (counted) => written.push(counted), clock, log: silentLog })
  for (let i = 0; i < 3; i++) tally.add({ ...seen })
  nowMs += 2000
  tally.add(seen)
  await tally.flush()
  await tally.flush()
  assert.deepEqual(written.map((rows) => rows.map(({ day, messages }) => [day, messages])), [[['2026-01-01', 3], ['2026-01-02', 1]]])
  const failing = dmarcTally({ write: async () => await Promise.reject(new Error('no database')), clock, log: silentLog })
  failing.add(seen)
  await failing.flush()
})
