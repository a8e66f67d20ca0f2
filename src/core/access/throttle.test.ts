import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { clientNet, isLoopback } from './client-net.ts'
import { FORGIVE_ONE_MS, PATIENCE } from './limits.ts'
import { Recent } from './recent.ts'
import { Throttle } from './throttle.ts'

const HOME = { login: 'ani@home.example', address: '192.0.2.7' }
const AWAY = { login: 'ani@home.example', address: '198.51.100.9' }

function watch(): { nowMs(): number; pass(ms: number): void } {
  let ms = 1_000_000
  return { nowMs: () => ms, pass: (more) => void (ms += more) }
}

function fails(throttle: Throttle, attempt: typeof HOME, times: number): void {
  for (let i = 0; i < times; i++) throttle.failed(attempt)
}

test('A few failures cost nothing; each further one doubles the wait, up to the longest', () => {
  const throttle = new Throttle(watch(), 'counted')
  fails(throttle, HOME, PATIENCE.login.free)
  assert.equal(throttle.waitMs(HOME), 0)
  const waits = [1, 2, 3, 4].map(() => {
    throttle.failed(HOME)
    return throttle.waitMs(HOME)
  })
  assert.deepEqual(waits, [1000, 2000, 4000, 8000])
  fails(throttle, HOME, 15)
  assert.equal(throttle.waitMs(HOME), PATIENCE.login.longestMs)
})

test('A wait ends when it is over, and failures are forgiven one by one', () => {
  const clock = watch()
  const throttle = new Throttle(clock, 'counted')
  fails(throttle, HOME, PATIENCE.login.free + 1)
  clock.pass(999)
  assert.equal(throttle.waitMs(HOME), 1)
  clock.pass(1)
  assert.equal(throttle.waitMs(HOME), 0)
  clock.pass(2 * FORGIVE_ONE_MS)
  throttle.failed(HOME)
  assert.equal(throttle.waitMs(HOME), 0)
  throttle.failed(HOME)
  assert.equal(throttle.waitMs(HOME), 1000)
})

test('Failures from elsewhere do not touch the owner', () => {
  const throttle = new Throttle(watch(), 'counted')
  fails(throttle, AWAY, 100)
  assert.ok(throttle.waitMs(AWAY) > 0)
  assert.equal(throttle.waitMs(HOME), 0)
})

test('A right password clears what failed from that net', () => {
  const throttle = new Throttle(watch(), 'counted')
  fails(throttle, HOME, PATIENCE.login.free + 3)
  throttle.succeeded(HOME)
  assert.equal(throttle.waitMs(HOME), 0)
})

test('A net that tries many logins waits for all of them, except for a login that has succeeded there', () => {
  const throttle = new Throttle(watch(), 'counted')
  throttle.succeeded(HOME)
  for (let i = 0; i <= PATIENCE.net.free; i++) throttle.failed({ login: `user${i}@home.example`, address: '192.0.2.200' })
  assert.equal(throttle.waitMs({ login: 'budi@home.example', address: '192.0.2.1' }), 1000)
  assert.equal(throttle.waitMs(HOME), 0)
})

test('From a trusted net the wait stays short whatever happens', () => {
  const throttle = new Throttle(watch(), 'counted')
  throttle.succeeded(HOME)
  fails(throttle, HOME, 1000)
  assert.equal(throttle.waitMs(HOME), PATIENCE.trusted.longestMs)
})

test('Who has 65,536 nets of IPv6 gets little more patience than who has one', () => {
  const throttle = new Throttle(watch(), 'counted')
  const from = (net: number): typeof HOME => ({ login: 'ani@home.example', address: `2001:db8:7:${net.toString(16)}::1` })
  let guesses = 0
  for (let net = 0; net < 1_000; net++) {
    for (let i = 0; i < PATIENCE.login.free; i++) {
      if (throttle.waitMs(from(net)) > 0) continue
      throttle.failed(from(net))
      guesses += 1
    }
  }
  assert.equal(guesses, PATIENCE.wideNet.free + 1)
  assert.equal(throttle.waitMs({ ...HOME, address: '2001:db8:8::1' }), 0)
  const owner = { ...HOME, address: '2001:db8:7:ffff::1' }
  assert.ok(throttle.waitMs(owner) > 0)
  throttle.succeeded(owner)
  assert.equal(throttle.waitMs(owner), 0)
})

test('This machine is exempt where the options say so, and only there', () => {
  for (const [loopback, expected] of [['exempt', 0], ['counted', PATIENCE.login.longestMs]] as const) {
    const throttle = new Throttle(watch(), loopback)
    const local = { ...HOME, address: '127.0.0.1' }
    fails(throttle, local, 25)
    assert.equal(throttle.waitMs(local), expected)
  }
})

test('Addresses of one /24, or one /64, are one net; a mapped address is its IPv4 address', () => {
  assert.equal(clientNet('192.0.2.7'), '192.0.2.0/24')
  assert.equal(clientNet('::ffff:192.0.2.9'), '192.0.2.0/24')
  assert.equal(clientNet('2001:db8:1:2:3:4:5:6'), clientNet('2001:db8:1:2::1'))
  assert.notEqual(clientNet('2001:db8:1:2::1'), clientNet('2001:db8:1:3::1'))
  assert.equal(clientNet('nonsense'), 'nonsense')
  assert.ok(isLoopback('::1') && isLoopback('::ffff:127.0.0.5') && !isLoopback('192.0.2.1') && !isLoopback('x'))
})

test('Recent never holds more than its size, gives back what is young, and forgets what is old', () => {
  const step = fc.record({ key: fc.nat(20).map(String), forMs: fc.integer({ min: 1, max: 50 }), passMs: fc.nat(20) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const clock = watch()
      const recent = new Recent<number>(clock, 8)
      for (const [i, { key, forMs, passMs }] of steps.entries()) {
        recent.put(key, i, forMs)
        assert.ok(recent.size <= 8)
        assert.equal(recent.get(key), i)
        clock.pass(passMs)
        if (passMs >= forMs) assert.equal(recent.get(key), null)
      }
    }),
  )
})
