import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MAX_TEXTS, SPIKE_FOR_MS } from './limits.ts'
import { Spikes } from './spikes.ts'

let nowMs = 0
const spikes = (): Spikes => new Spikes({ nowMs: () => nowMs })
const offer = (name: string): Buffer => Buffer.from(`Subject: x\r\n\r\nDear ${name}, you have been chosen from many to receive a large amount that waits for you in our bank, so tell us at once where it is to be sent and how we may reach you today. The sum has been kept for years under the name of a man who left no children, and the board has agreed that it goes to you alone when you send the papers that prove who you are, with a small fee for the clerk who writes the letters and the court that seals them.\r\n`)
const START = 'Subject: x\r\n\r\n'.length

test('one text from three nets within an hour is a wave, whatever name stands in it', () => {
  const one = spikes()
  assert.deepEqual([one.came(offer('Ani'), START, '192.0.2.1'), one.came(offer('Ani'), START, '192.0.2.2'), one.came(offer('Budi'), START, '198.51.100.1')], [null, null, null])
  assert.equal(one.came(offer('Cici'), START, '203.0.113.1'), 3)
  assert.equal(one.came(offer('Dodi'), START, '192.0.2.1'), 3)
  assert.equal(one.came(Buffer.from(`Subject: x\r\n\r\n${'Rapat hari Senin dimulai jam sembilan di ruang besar lantai dua, tolong bawa laporan bulan lalu. '.repeat(2)}`), START, '203.0.113.1'), null)
  nowMs += SPIKE_FOR_MS
  assert.equal(one.came(offer('Ani'), START, '203.0.113.1'), null)
})

test('a text of a few words is like all others, and is no wave', () => {
  const one = spikes()
  for (const net of [1, 2, 3, 4]) assert.equal(one.came(Buffer.from('Subject: x\r\n\r\nok, thank you\r\n'), START, `192.0.${net}.1`), null)
})

test('what is remembered is bounded, and whatever comes is compared without an error', () => {
  const one = spikes()
  for (let at = 0; at < MAX_TEXTS * 3; at++) one.came(Buffer.from(`Subject: x\r\n\r\n${Array.from({ length: 12 }, (_, word) => `w${at}x${word}`).join(' ')}`), START, '192.0.2.1')
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(400), (bytes, start) => {
    one.came(bytes, start, '192.0.2.1')
  }))
})
