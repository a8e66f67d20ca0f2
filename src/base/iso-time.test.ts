import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isoTime } from './iso-time.ts'

test('a time is told in UTC with its milliseconds, and none stays none', () => {
  assert.equal(isoTime(1_700_000_000_123), '2023-11-14T22:13:20.123Z')
  assert.equal(isoTime(0), '1970-01-01T00:00:00.000Z')
  assert.equal(isoTime(null), null)
})
