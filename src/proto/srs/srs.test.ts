import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { isSrs, srsForward, srsReverse } from './srs.ts'

const NOW = Date.UTC(2026, 10, 23)
const DAY = 24 * 3_600_000
const ours = { secret: new Uint8Array(32).fill(1), nowMs: NOW }
const theirs = { secret: new Uint8Array(32).fill(2), nowMs: NOW }

test('a sender is found again, whatever became of the case of letters', () => {
  const local = srsForward('Ani.Wijaya@far.example', ours) ?? ''
  assert.match(local, /^SRS0=[A-Z2-7]{8}=[A-Z2-7]{2}=far\.example=Ani\.Wijaya$/)
  assert.ok(isSrs(local))
  assert.equal(srsReverse(local, ours), 'Ani.Wijaya@far.example')
  assert.equal(srsReverse(local.toLowerCase(), ours), 'ani.wijaya@far.example')
})

test('it is taken back for three weeks, and not when it was forged', () => {
  const local = srsForward('ani@far.example', ours) ?? ''
  assert.equal(srsReverse(local, { ...ours, nowMs: NOW + 21 * DAY }), 'ani@far.example')
  assert.equal(srsReverse(local, { ...ours, nowMs: NOW + 22 * DAY }), null)
  assert.equal(srsReverse(local, { ...ours, nowMs: NOW - 2 * DAY }), null)
  assert.equal(srsReverse(local, theirs), null)
  assert.equal(srsReverse(local.replace('ani', 'budi'), ours), null)
})

test('what another forwarder has rewritten leads back to that forwarder, however often it is forwarded', () => {
  const first = `${srsForward('ani@far.example', theirs)}@one.example`
  const second = srsForward(first, ours) ?? ''
  assert.match(second, /^SRS1=[A-Z2-7]{8}=one\.example==/)
  assert.equal(srsReverse(second, ours), first)
  const third = srsForward(`${second}@two.example`, ours) ?? ''
  assert.equal(srsReverse(third, ours), first)
})

test('what cannot be written in 64 characters, or has no domain, is left alone', () => {
  assert.equal(srsForward(`${'a'.repeat(50)}@far.example`, ours), null)
  for (const sender of ['', 'nobody', 'a@[192.0.2.1]', '"a b"@far.example', 'SRS1=x@far.example']) assert.equal(srsForward(sender, ours), null, sender)
})

test('anything else is nobody, and nothing throws', () => {
  fc.assert(fc.property(fc.string({ maxLength: 100 }), (text) => {
    assert.equal(srsReverse(text, ours), null)
    srsForward(text, ours)
  }))
  fc.assert(fc.property(fc.stringMatching(/^[a-z0-9.+-]{1,20}$/), fc.stringMatching(/^[a-z0-9]{1,8}\.example$/), (local, domain) => {
    const rewritten = srsForward(`${local}@${domain}`, ours)
    assert.equal(srsReverse(rewritten ?? '', ours), `${local}@${domain}`)
  }))
})
