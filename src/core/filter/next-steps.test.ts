import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MessageId } from '../../base/brand.ts'
import { explainEvent } from './explain-event.ts'
import { nextSteps } from './next-steps.ts'
import { NEXT_STEPS } from './table/next-steps.ts'
import type { CopyFate } from './told.ts'

test('each decision has steps for whoever receives, in each language, and nothing that a peer named becomes a command of its own', () => {
  const facts = { message: 'm-1', from: 'orang@far.test', client: '192.0.2.10', recipients: ['ani@rumah.test'] }
  const decided = (by: string, verdict: CopyFate, rule = 'DMARC_PASS', evidence = 'far.test') => ({ by, verdict, checks: [], reasons: [{ rule, score: 0, evidence, about: '', mend: null }] })
  const cases = [
    decided('greylist', 'defer'), decided('dns-lists', 'reject'), decided('sender', 'reject'), decided('helo', 'reject'), decided('list', 'reject', 'LISTED_DENY', 'net 192.0.2.10 --platform'), decided('dmarc', 'reject'),
    decided('dmarc', 'reject', 'OWN_DOMAIN_FORGED'), decided('attachment', 'reject'), decided('malware', 'reject'), decided('scanner', 'defer'), decided('scanner', 'reject'), decided('score', 'reject'), decided('score', 'junk'),
    decided('score', 'accept'), decided('score', 'hold'), decided('score', 'full'),
  ]
  for (const each of cases) {
    for (const locale of ['en', 'id'] as const) {
      const steps = nextSteps(each, facts, locale)
      assert.ok(steps.length > 0, each.by)
      for (const step of steps) assert.doesNotMatch(step, /[{}]/)
    }
    assert.notDeepEqual(nextSteps(each, facts, 'en'), nextSteps(each, facts, 'id'))
  }
  const hostile = { ...facts, from: '"$(reboot)"@far.test', recipients: ['"; reboot"@rumah.test'] }
  for (const each of cases) assert.doesNotMatch(nextSteps(each, hostile, 'en').join(' '), /reboot/)
  assert.deepEqual(nextSteps(decided('score', 'accept', 'DMARC_PASS', 'gmail.com'), { ...facts, from: 'bounce@mailer.test' }, 'en').map((step) => /deny add \w+ \S+/.exec(step)?.[0]), ['deny add net 192.0.2.10'], 'never all of gmail.com')
  assert.deepEqual(nextSteps(decided('score', 'accept', 'DMARC_FAIL_NONE'), { ...facts, client: '127.0.0.1' }, 'en'), [NEXT_STEPS['unwanted-move'].en], 'never this machine')
})

test('a copy for which there was no room is told to have been put off', () => {
  const told = { verdict: 'accept', by: 'score', score: 0, checks: [], findings: [], from: 'orang@far.test', peer: '192.0.2.10', reply: '452 4.2.2 The mailbox is full' }
  const event = { message: 'm-1' as MessageId, atMs: 0, data: { ...told, recipients: [{ address: 'ani@rumah.test', outcome: 'over-quota' }] } }
  assert.deepEqual([explainEvent(event, 'en')?.verdict, explainEvent(event, 'id')?.next.length], ['full', 1])
  const both = { ...event, data: { ...told, recipients: [...event.data.recipients, { address: 'budi@rumah.test', outcome: 'delivered' }] } }
  assert.deepEqual(explainEvent(both, 'en')?.copies.map(({ fate }) => fate), ['full', 'accept'])
})

test('what one of ours sends is not said to be in an inbox, and nobody is told to keep him out', () => {
  const told = { verdict: 'accept', by: 'score', score: 0, checks: [], findings: [], from: 'ani@rumah.test', peer: '192.0.2.10', reply: '250 2.0.0 Ok', recipients: [] }
  for (const by of [{ login: 'ani@rumah.test' }, { protocol: 'api' }]) {
    const explained = explainEvent({ message: 'm-1' as MessageId, atMs: 0, data: { ...told, ...by } }, 'en')
    assert.match(explained?.summary ?? '', /goes to its recipients/)
    assert.deepEqual(explained?.next, [])
  }
})
