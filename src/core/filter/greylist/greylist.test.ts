import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { OrganizationId } from '../../../base/brand.ts'
import { silentLog } from '../../../base/log.ts'
import { Unavailable } from '../../../base/unavailable.ts'
import { greyBypass, type GreyFacts, isRotatingSender } from './bypass.ts'
import { afterGrey, decideGrey, type GreyEntry } from './decide.ts'
import { greylist, greyReply, type GreyStore } from './greylist.ts'
import { greyKey, steadySender } from './key.ts'
import { MIN_WAIT_MS, PASSED_FOR_MS, UNCONFIRMED_FOR_MS } from './limits.ts'

test('a sender is the same in every mail, whatever its return path knows', () => {
  const same: Readonly<Record<string, string>> = {
    'Cici@Far.Example': 'cici@far.example', '': '<>', 'bounce-12345-ab@far.example': 'bounce-#-ab@far.example', 'b-0f3a9c12@far.example': 'b-#@far.example', 'news2026@far.example': 'news#@far.example',
    'news+ani=home.example@far.example': 'news+ani=home.example@far.example', 'srs0=HHHH=TT=far.example=cici@fwd.example': 'cici@far.example', 'SRS1=HHHH=fwd.example==HHHH=TT=far.example=cici@other.example': 'cici@far.example',
    'prvs=1234abcdef=cici@far.example': 'prvs=#=cici@far.example', 'deadbeef@far.example': 'deadbeef@far.example', 'SRS0=x@fwd.example': 'srs#=x@fwd.example', nobody: 'nobody',
  }
  for (const [sender, wanted] of Object.entries(same)) assert.equal(steadySender(sender), wanted, sender)
})

test('a key is that of the net, the steady sender and the recipient', () => {
  const key = (over: Partial<Parameters<typeof greyKey>[0]>): string => greyKey({ client: '192.0.2.1', sender: 'b-1234@far.example', recipient: 'ani@home.example', ...over })
  assert.equal(key({}), key({ client: '192.0.2.200', sender: 'B-9876@far.example', recipient: 'ANI@home.example' }))
  assert.equal(key({ client: '2001:db8::1' }), key({ client: '2001:db8:0:0:ffff::2' }))
  assert.equal(new Set([key({}), key({ client: '198.51.100.1' }), key({ sender: '' }), key({ recipient: 'budi@home.example' })]).size, 4)
})

test('who comes back too early waits for what is left of the minute, and nothing begins again', () => {
  const first = afterGrey(null, decideGrey(null, 1000), 1000)
  assert.deepEqual(first, { firstMs: 1000, passedMs: null, usedMs: 1000 })
  const early = decideGrey(first, 1000 + MIN_WAIT_MS - 1)
  assert.deepEqual(early, { kind: 'wait', why: 'early', forMs: 1 })
  assert.equal(afterGrey(first, early, 1000 + MIN_WAIT_MS - 1), first)
  assert.equal(decideGrey(first, 1000 + MIN_WAIT_MS).why, 'returned')
  assert.equal(decideGrey(first, 1000 + UNCONFIRMED_FOR_MS).why, 'returned')
  assert.equal(decideGrey(first, 1001 + UNCONFIRMED_FOR_MS).why, 'new')
})

test('however a client behaves, it never passes within a minute of its first try and never waits longer than that', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: PASSED_FOR_MS }), { minLength: 1, maxLength: 30 }), (waits) => {
    let entry: GreyEntry | null = null
    let nowMs = 0
    for (const wait of waits) {
      nowMs += wait
      const decision = decideGrey(entry, nowMs)
      if (decision.kind === 'wait') assert.ok(decision.forMs > 0 && decision.forMs <= MIN_WAIT_MS)
      else assert.ok(entry !== null && nowMs - entry.firstMs >= MIN_WAIT_MS)
      entry = afterGrey(entry, decision, nowMs)
    }
    const after = decideGrey(entry, nowMs + MIN_WAIT_MS)
    assert.equal(after.kind, 'pass')
  }))
})

const FACTS: GreyFacts = {
  mode: 'all', isAuthenticated: false, isLocal: false, dnswl: null, isKnownGood: false, isNamedServer: false, hasKnownCertificate: false, isOptedOut: false, recipientLocal: 'ani', isCorrespondent: false, score: 5,
}

test('each reason not to ask is told', () => {
  const reasons: readonly (readonly [Partial<GreyFacts>, string | null])[] = [
    [{}, null], [{ mode: 'off' }, 'off'], [{ isAuthenticated: true }, 'authenticated'], [{ isLocal: true }, 'local'], [{ dnswl: 'none' }, null], [{ dnswl: 'low' }, 'listed-good'], [{ isKnownGood: true }, 'known-good'],
    [{ hasKnownCertificate: true }, 'certificate'], [{ isOptedOut: true }, 'opted-out'], [{ recipientLocal: 'postmaster' }, 'role-address'], [{ recipientLocal: 'abuse' }, 'role-address'], [{ isCorrespondent: true }, 'correspondent'],
    [{ isNamedServer: true }, null], [{ isNamedServer: true, score: 0 }, 'named-server'], [{ mode: 'selective' }, null], [{ mode: 'selective', score: 1.5 }, null], [{ mode: 'selective', score: 1.4 }, 'not-suspicious'], [{ score: 0 }, null],
  ]
  for (const [over, reason] of reasons) assert.equal(greyBypass({ ...FACTS, ...over }), reason, JSON.stringify(over))
})

test('large providers are known by what was registered', () => {
  assert.deepEqual(['gmail.com', 'Bounce.Mail.SendGrid.net', 'gmail.com.far.example', 'com', '', '__proto__'].map(isRotatingSender), [true, true, false, false, false, false])
})

test('a database that is away lets mail pass, and a bug is not hidden', async () => {
  const input = { organization: 'o1' as OrganizationId, client: '192.0.2.1', sender: '', recipient: 'ani@home.example', domain: null }
  const ask = (store: GreyStore): ReturnType<typeof greylist> => greylist(input, { store, clock: { nowMs: () => 0 }, log: silentLog })
  assert.deepEqual(await ask({ ask: () => Promise.reject(new Unavailable('database')) }), { kind: 'pass', why: 'outage' })
  await assert.rejects(ask({ ask: () => Promise.reject(new Error('a bug')) }), /a bug/)
  assert.deepEqual(await ask({ ask: async () => ({ kind: 'wait', why: 'new', forMs: 60_000 }) }), { kind: 'wait', why: 'new', forMs: 60_000 })
  assert.deepEqual(greyReply(59_001), { code: 451, status: '4.7.1', text: 'Greylisted: please try again in 60 seconds or later' })
})

test('whatever the envelope is, there is a key', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (client, sender, recipient) => {
    assert.match(greyKey({ client, sender, recipient }), /^[\w-]{43}$/)
  }))
})
