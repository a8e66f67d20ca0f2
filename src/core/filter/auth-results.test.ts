import assert from 'node:assert/strict'
import test from 'node:test'
import type { Domain } from '../../base/brand.ts'
import { authenticationResults } from '../../proto/mail/auth-results.ts'
import { resultsOf } from '../../proto/mail/auth-results-read.ts'
import type { DkimFinding } from '../../proto/dkim/finding.ts'
import type { DmarcOutcome } from '../../proto/dmarc/outcome.ts'
import { parseDmarcRecord } from '../../proto/dmarc/record.ts'
import { authenticationReport, submissionMethods } from './auth-results.ts'
import type { Authentication } from './authentication.ts'
import { AUTHENTICATION_RULES } from './table/authentication.ts'

const NOTHING: Authentication = { spf: null, iprev: null, dkim: null, arc: null, dmarc: null, tls: null }
const SIGNATURE: DkimFinding = {
  result: 'pass', reason: null, domain: 'me.test', selector: 's1', identity: '@me.test', algorithm: 'rsa-sha256', prefix: 'AbCd+/12', keyBits: 2048, testing: false, names: ['from'],
}
const OUTCOME: DmarcOutcome = {
  result: 'fail', reasons: [], author: 'me.test' as Domain, organization: 'me.test', policyDomain: 'me.test', record: parseDmarcRecord('v=DMARC1; p=reject'), tag: 'p',
  published: 'reject', applies: 'reject', spfAligned: null, dkimAligned: [], exists: null, queries: 1,
}

const field = (about: Partial<Authentication>): string => authenticationResults('mx.home.test', authenticationReport({ ...NOTHING, ...about }).methods)
const rules = (about: Partial<Authentication>): readonly string[] => authenticationReport({ ...NOTHING, ...about }).findings.map(({ rule, evidence }) => `${rule} ${evidence}`)

test('the header says what was checked, a line each', () => {
  const text = field({
    spf: { result: 'softfail', identity: 'mailfrom', domain: 'bounce.me.test', reason: null },
    iprev: { result: 'pass', address: '2001:db8::1', name: 'mail.me.test' },
    dkim: [SIGNATURE, { ...SIGNATURE, result: 'fail', reason: 'body-changed', selector: 's2' }],
    dmarc: { ...OUTCOME, result: 'pass', applies: 'none', dkimAligned: ['me.test'] },
    arc: { result: 'fail', reason: 'seal-wrong', instance: 2, hops: [] },
  })
  assert.equal(text, [
    'Authentication-Results: mx.home.test;',
    '\tiprev=pass policy.iprev="2001:db8::1";',
    '\tspf=softfail smtp.mailfrom=bounce.me.test;',
    '\tdkim=pass header.d=me.test header.s=s1 header.a=rsa-sha256',
    '\t header.b="AbCd+/12";',
    '\tdkim=fail reason="body changed" header.d=me.test header.s=s2',
    '\t header.a=rsa-sha256 header.b="AbCd+/12";',
    '\tdmarc=pass header.from=me.test policy.dmarc=none;',
    '\tarc=fail reason="seal wrong"',
    '',
  ].join('\r\n'))
})

test('how it came is told, who wrote what somebody submits, and what was not checked is not', () => {
  const tls = { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' }
  assert.equal(field({ tls }), 'Authentication-Results: mx.home.test;\r\n\tx-tls=pass smtp.version=TLSv1.3 smtp.cipher=TLS_AES_256_GCM_SHA384\r\n')
  assert.equal(authenticationResults('mx.home.test', submissionMethods('ani@me.test', null)), 'Authentication-Results: mx.home.test;\r\n\tauth=pass smtp.mailfrom=ani@me.test\r\n')
  assert.deepEqual(submissionMethods(null, tls).map(({ method, properties }) => [method, properties.length]), [['auth', 0], ['x-tls', 2]])
  assert.equal(field({}), 'Authentication-Results: mx.home.test; none\r\n')
  assert.equal(field({ spf: { result: 'none', identity: 'helo', domain: 'client.test', reason: null }, dkim: [] }), 'Authentication-Results: mx.home.test;\r\n\tspf=none smtp.helo=client.test;\r\n\tdkim=none\r\n')
})

test('what a peer says cannot add a result', () => {
  const text = field({ spf: { result: 'permerror', identity: 'helo', domain: 'x; dmarc=pass', reason: 'bad"; dkim=pass\r\nX: y' } })
  assert.deepEqual(resultsOf(text.slice(text.indexOf(':') + 1)).map(({ method, result }) => `${method}=${result}`), ['spf=permerror'])
})

test('signatures are one finding: the aligned one, else a good one, else what is wrong', () => {
  const failed: DkimFinding = { ...SIGNATURE, result: 'fail', reason: 'body-changed', domain: 'bad.test' }
  assert.deepEqual(rules({ dkim: [] }), ['DKIM_NONE null'])
  assert.deepEqual(rules({ dkim: [failed, SIGNATURE] }), ['DKIM_PASS me.test'])
  assert.deepEqual(rules({ dkim: [failed] }), ['DKIM_FAIL bad.test'])
  assert.deepEqual(rules({ dkim: [failed, { ...SIGNATURE, result: 'temperror', reason: 'dns' }] }), ['DKIM_TEMPERROR me.test'])
  assert.deepEqual(rules({ dkim: [SIGNATURE], dmarc: { ...OUTCOME, result: 'pass', dkimAligned: ['me.test'] } }), ['DKIM_ALIGNED me.test', 'DMARC_PASS me.test'])
})

test('a header full of signatures does not make another one', () => {
  assert.equal(authenticationReport({ ...NOTHING, dkim: Array.from({ length: 500 }, () => SIGNATURE) }).methods.length, 10)
})

test('DMARC is told by the policy that applies', () => {
  for (const [applies, rule] of [['none', 'DMARC_FAIL_NONE'], ['quarantine', 'DMARC_FAIL_QUARANTINE'], ['reject', 'DMARC_FAIL_REJECT']] as const) {
    assert.deepEqual(rules({ dmarc: { ...OUTCOME, applies } }), [`${rule} me.test`])
  }
  assert.deepEqual(rules({ dmarc: { ...OUTCOME, exists: false } }), ['DMARC_FAIL_REJECT me.test', 'AUTHOR_DOMAIN_MISSING me.test'])
  assert.deepEqual(rules({ dmarc: { ...OUTCOME, result: 'permerror', reasons: ['several-authors'] } }), ['DMARC_SEVERAL_AUTHORS me.test'])
  assert.match(field({ dmarc: { ...OUTCOME, reasons: ['testing'], applies: 'quarantine' } }), /dmarc=fail reason="testing" header\.from=me\.test\s+policy\.dmarc=quarantine/)
})

test('every finding has a rule', () => {
  const spf = (['pass', 'fail', 'softfail', 'neutral', 'none', 'temperror', 'permerror'] as const).map((result) => ({ spf: { result, identity: 'helo' as const, domain: null, reason: null } }))
  const iprev = (['pass', 'fail', 'temperror', 'permerror'] as const).map((result) => ({ iprev: { result, address: '192.0.2.1', name: null } }))
  const dmarc = (['pass', 'none', 'temperror', 'permerror'] as const).map((result) => ({ dmarc: { ...OUTCOME, result } }))
  const arc = (['pass', 'fail'] as const).map((result) => ({ arc: { result, reason: null, instance: null, hops: [] } }))
  for (const about of [...spf, ...iprev, ...dmarc, ...arc]) {
    for (const { rule } of authenticationReport({ ...NOTHING, ...about }).findings) assert.ok(Object.hasOwn(AUTHENTICATION_RULES, rule), rule)
  }
})
