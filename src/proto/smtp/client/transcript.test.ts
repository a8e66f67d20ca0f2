import assert from 'node:assert/strict'
import test from 'node:test'
import { TRANSCRIPT_CHARS, TRANSCRIPT_FIRST, TRANSCRIPT_LAST } from './limits.ts'
import { Transcript } from './transcript.ts'

test('of a long conversation the beginning and the end are kept, and the gap is told', () => {
  let nowMs = 0
  const transcript = new Transcript({ nowMs: () => ++nowMs })
  for (let i = 1; i <= 1000; i++) transcript.said(`NOOP ${i}`)
  const lines = transcript.lines().map(({ text }) => text)
  assert.equal(lines.length, TRANSCRIPT_FIRST + 1 + TRANSCRIPT_LAST)
  assert.equal(lines[0], 'NOOP 1')
  assert.equal(lines[TRANSCRIPT_FIRST], `${1000 - TRANSCRIPT_FIRST - TRANSCRIPT_LAST} lines left out`)
  assert.equal(lines.at(-1), 'NOOP 1000')
})

test('each message on a connection takes its own part of the transcript', () => {
  const transcript = new Transcript({ nowMs: () => 7 })
  transcript.note('Connected')
  assert.deepEqual(transcript.take(), [{ who: 'note', text: 'Connected', atMs: 7 }])
  transcript.heard({ code: 250, status: '2.0.0', text: 'a\nb' })
  assert.deepEqual(transcript.take().map(({ text }) => text), ['250-2.0.0 a', '250 2.0.0 b'])
  assert.deepEqual(transcript.lines(), [])
})

test('a long line is cut', () => {
  const transcript = new Transcript({ nowMs: () => 0 })
  transcript.said('x'.repeat(100_000))
  assert.equal(transcript.lines()[0]?.text.length, TRANSCRIPT_CHARS + 3)
})
