import assert from 'node:assert/strict'
import test from 'node:test'
import type { Domain } from '../../base/brand.ts'
import type { DmarcOutcome } from '../../proto/dmarc/outcome.ts'
import { parseDmarcRecord } from '../../proto/dmarc/record.ts'
import { decideDmarc, isForgedName } from './dmarc-decision.ts'
import type { Corroboration, DmarcCase, Mitigation } from './dmarc-decision.ts'

function outcome(policy: 'none' | 'quarantine' | 'reject', more: Partial<DmarcOutcome> = {}): DmarcOutcome {
  return {
    result: 'fail', reasons: [], author: 'me.test' as Domain, organization: 'me.test', policyDomain: 'me.test', record: parseDmarcRecord(`v=DMARC1; p=${policy}`), tag: 'p',
    published: policy, applies: policy, spfAligned: null, dkimAligned: [], exists: null, queries: 1, ...more,
  }
}
const QUIET: Corroboration = { spf: 'softfail', isSigned: true, isListed: false, score: 0 }
const UNKNOWN: Mitigation = { trustedSealer: null, knownList: null, declaredForwarder: false }

function decided(about: Partial<DmarcCase> & { readonly outcome: DmarcOutcome }): string {
  const { action, disposition, override } = decideDmarc({ mode: 'standard', isForgedOwn: false, against: QUIET, inFavour: UNKNOWN, ...about })
  return [action, disposition, override?.type].filter((each) => each !== undefined).join(' ')
}

test('what passed is left to the score in every mode', () => {
  for (const mode of ['observe', 'standard', 'strict'] as const) {
    for (const isForgedOwn of [true, false]) assert.equal(decided({ mode, isForgedOwn, outcome: outcome('reject', { result: 'pass', applies: 'none' }) }), 'score pass')
  }
})

test('a temporary failure applies no policy, not even to our own domains', () => {
  for (const mode of ['standard', 'strict'] as const) assert.equal(decided({ mode, isForgedOwn: true, outcome: outcome('reject', { result: 'temperror', applies: 'none' }) }), 'score none local_policy')
})

test('none is scored and quarantine is junk', () => {
  assert.equal(decided({ outcome: outcome('none') }), 'score none')
  assert.equal(decided({ outcome: outcome('quarantine') }), 'junk quarantine')
  assert.equal(decided({ outcome: outcome('none', { result: 'none', record: null, published: null }) }), 'score none')
})

test('reject alone is junk; with anything else against the message it is refused', () => {
  assert.equal(decided({ outcome: outcome('reject') }), 'junk quarantine local_policy')
  const cases: readonly Partial<Corroboration>[] = [{ spf: 'fail', isSigned: false }, { spf: 'none', isSigned: false }, { isListed: true }, { score: 4 }]
  for (const against of cases) assert.equal(decided({ outcome: outcome('reject'), against: { ...QUIET, ...against } }), 'reject reject', JSON.stringify(against))
  for (const against of [{ spf: 'fail' }, { isSigned: false }, { score: 3.9 }]) assert.equal(decided({ outcome: outcome('reject'), against: { ...QUIET, ...against } }), 'junk quarantine local_policy')
  assert.equal(decided({ outcome: outcome('reject', { exists: false }) }), 'reject reject')
  assert.equal(decided({ outcome: outcome('reject', { result: 'permerror', reasons: ['several-authors'] }) }), 'reject reject')
})

test('an honest way keeps a message out of refusal, and the report says which', () => {
  const against = { spf: 'fail', isSigned: false, isListed: true, score: 9 }
  assert.equal(decided({ outcome: outcome('reject'), against, inFavour: { ...UNKNOWN, trustedSealer: 'list.test' } }), 'junk quarantine trusted_forwarder')
  assert.equal(decided({ outcome: outcome('reject'), against, inFavour: { ...UNKNOWN, knownList: 'talk.list.test' } }), 'junk quarantine mailing_list')
  assert.equal(decided({ outcome: outcome('reject'), against, inFavour: { ...UNKNOWN, declaredForwarder: true } }), 'junk quarantine trusted_forwarder')
})

test('mail in the name of our own domains is refused unless something vouches or speaks for it', () => {
  assert.equal(decided({ isForgedOwn: true, outcome: outcome('none') }), 'reject reject local_policy')
  const unpublished = outcome('none', { result: 'none', record: null, published: null })
  assert.equal(decided({ isForgedOwn: true, outcome: unpublished }), 'reject reject')
  assert.equal(decided({ outcome: unpublished }), 'score none')
  assert.equal(decided({ isForgedOwn: true, outcome: outcome('none'), inFavour: { ...UNKNOWN, knownList: 'talk.list.test' } }), 'score none mailing_list')
  assert.equal(decided({ isForgedOwn: true, outcome: outcome('reject'), inFavour: { ...UNKNOWN, knownList: 'talk.list.test' } }), 'junk quarantine mailing_list')
})

test('observing changes nothing but the report, and strict obeys', () => {
  const against = { spf: 'fail', isSigned: false, isListed: true, score: 9 }
  assert.equal(decided({ mode: 'observe', outcome: outcome('reject'), against, isForgedOwn: true }), 'score none local_policy')
  assert.equal(decided({ mode: 'strict', outcome: outcome('reject'), inFavour: { ...UNKNOWN, trustedSealer: 'list.test' } }), 'reject reject')
  assert.equal(decided({ mode: 'strict', outcome: outcome('quarantine') }), 'junk quarantine')
})

test('a policy under test is one step milder, and the report says so', () => {
  const testing = outcome('reject', { record: parseDmarcRecord('v=DMARC1; p=reject; t=y'), applies: 'quarantine' })
  assert.equal(decided({ outcome: testing }), 'junk quarantine policy_test_mode')
  assert.equal(decided({ outcome: { ...testing, published: 'quarantine', applies: 'none' } }), 'score none policy_test_mode')
})

test('a domain of ours is forged when neither SPF nor a signature is of it', () => {
  const pass = (domain: string): { result: string; domain: string } => ({ result: 'pass', domain })
  assert.equal(isForgedName('me.test', null, []), true)
  assert.equal(isForgedName('me.test', pass('bounce.me.test'), []), false)
  assert.equal(isForgedName('mail.me.test', null, [pass('ME.test')]), false)
  assert.equal(isForgedName('me.test', pass('notme.test'), [pass('test'), { result: 'fail', domain: 'me.test' }, { result: 'pass', domain: null }]), true)
})

test('what could not be checked for now may be of a domain of ours, and is no forgery', () => {
  const waiting = (domain: string): { result: string; domain: string } => ({ result: 'temperror', domain })
  const softfail = { result: 'softfail', domain: 'me.test' }
  assert.equal(isForgedName('me.test', softfail, [waiting('me.test')]), false)
  assert.equal(isForgedName('me.test', waiting('bounce.me.test'), [{ result: 'fail', domain: 'me.test' }]), false)
  // A name whose servers are silent is no excuse in ours.
  assert.equal(isForgedName('me.test', waiting('evil.test'), [waiting('evil.test'), { result: 'temperror', domain: null }]), true)
})
