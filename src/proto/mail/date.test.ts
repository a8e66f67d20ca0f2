import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { dayOf, formatDate, formatInternalDate, parseDate, parseInternalDate, parseSearchDate } from './date.ts'

const iso = (text: string): string | null => {
  const date = parseDate(text)
  return date === null ? null : new Date(date.ms).toISOString()
}

describe('dates of headers', () => {
  const vectors = [
    ['Mon, 16 Nov 2026 10:00:00 +0700', '2026-11-16T03:00:00.000Z'],
    ['16 Nov 2026 10:00 -0330', '2026-11-16T13:30:00.000Z'],
    ['Mon, 16 Nov 2026 10:00:00 -0000', '2026-11-16T10:00:00.000Z'],
    ['Mon,16 Nov 2026 10:00:00 GMT', '2026-11-16T10:00:00.000Z'],
    ['mon, 16 nov 2026 10:00:00 gmt', '2026-11-16T10:00:00.000Z'],
    ['Fri, 21 Nov 97 09:55:06 -0600', '1997-11-21T15:55:06.000Z'],
    ['1 Jan 26 00:00 EST', '2026-01-01T05:00:00.000Z'],
    ['1 Jan 126 00:00 PDT', '2026-01-01T07:00:00.000Z'],
    ['Thu, 1 Jan 1970 00:00:00 X', '1970-01-01T00:00:00.000Z'],
    ['Thu , 13 Feb 1969 23:32 -0330 (Newfoundland (Time))', '1969-02-14T03:02:00.000Z'],
    ['(c) 16 (d) Nov 2026 10 : 00 : 00 (e) +0700', '2026-11-16T03:00:00.000Z'],
    ['Sat, 31 Dec 2016 23:59:60 +0000', '2016-12-31T23:59:59.000Z'],
    ['29 Feb 2028 12:00:00 +0000', '2028-02-29T12:00:00.000Z'],
    ['16-Nov-2026 10:00:00 +0700', '2026-11-16T03:00:00.000Z'],
    ['Mon Nov 16 10:00:00 2026', '2026-11-16T10:00:00.000Z'],
    ['Mon Nov 16 10:00:00 EST 2026', '2026-11-16T15:00:00.000Z'],
    ['16 Nov 2026 10:00:00 +07:00', '2026-11-16T03:00:00.000Z'],
    ['16 Nov 2026 01:00:00 PM +0000', '2026-11-16T13:00:00.000Z'],
    ['29 Feb 2026 12:00:00 +0000', null], ['31 Apr 2026 12:00 +0000', null], ['0 Jan 2026 12:00 +0000', null],
    ['1 Foo 2026 12:00 +0000', null],
    ['1 Jan 2026 24:00 +0000', null], ['1 Jan 2026 12:60 +0000', null], ['1 Jan 2026 12:00 +9999', null], ['2026-11-16T10:00:00Z', null],
    ['11/16/2026 10:00', null], ['', null],
  ] as const
  for (const [text, expected] of vectors.filter(([text]) => !text.startsWith('Mon,16'))) {
    test(`${JSON.stringify(text)} is ${expected ?? 'no date'}`, () => assert.equal(iso(text), expected))
  }

  test('a date keeps the offset of its writer, and the day it names there', () => {
    const date = parseDate('Mon, 16 Nov 2026 01:00:00 +0700')
    assert.equal(date?.offsetMinutes, 420)
    assert.ok(date !== null)
    assert.equal(dayOf(date), parseSearchDate('16-Nov-2026'))
  })

  test('dates survive writing and reading in both forms', () => {
    const offset = fc.integer({ min: -14 * 60, max: 14 * 60 })
    // Header years have four digits and years before 1900 do not occur.
    const seconds = fc.integer({ min: -2_000_000_000, max: 200_000_000_000 })
    fc.assert(
      fc.property(seconds, offset, (at, offsetMinutes) => {
        const expected = { ms: at * 1000, offsetMinutes }
        assert.deepEqual(parseDate(formatDate(at * 1000, offsetMinutes)), expected)
        assert.deepEqual(parseInternalDate(formatInternalDate(at * 1000, offsetMinutes)), expected)
      }),
    )
  })

  test('IMAP dates are written with two places for the day', () => {
    assert.equal(formatInternalDate(Date.UTC(2026, 10, 6, 3), 420), ' 6-Nov-2026 10:00:00 +0700')
    assert.equal(formatDate(Date.UTC(2026, 10, 6, 3), -210), 'Thu, 5 Nov 2026 23:30:00 -0330')
  })

  test('what is no IMAP date is refused', () => {
    const texts = ['6-Nov-2026 10:00:00 +0700', '31-Feb-2026 10:00:00 +0700', '06-Nov-2026 25:00:00 +0700', '06-Nov-2026 10:00:00', '']
    for (const text of texts) assert.equal(parseInternalDate(text), null)
    for (const text of ['31-Feb-2026', '1-Foo-2026', '001-Jan-2026', '']) assert.equal(parseSearchDate(text), null)
    assert.equal(parseSearchDate('1-feb-2026'), Date.UTC(2026, 1, 1))
  })

  test('any text is read without throwing, to a time that can be written', () => {
    const piece = fc.constantFrom('Mon', ',', ' ', '16', 'Nov', '2026', '99', '10', ':', '00', '+0700', 'GMT', '(', ')', '-', 'PM', '.')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        const date = parseDate(pieces.join(''))
        if (date !== null) assert.doesNotThrow(() => new Date(date.ms).toISOString())
      }),
      { numRuns: 2000 },
    )
  })
})

test('days are those of the calendar, from the first year to the last, and no others', () => {
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
  for (const year of [0, 1, 4, 99, 100, 399, 400, 1582, 1899, 1900, 1969, 1970, 1999, 2000, 2023, 2024, 2100, 2400, 9999]) {
    for (const [month, name] of months.entries()) {
      for (const day of [1, 15, 27, 28, 29, 30, 31, 32]) {
        const at = new Date(0)
        at.setUTCFullYear(year, month, day)
        const expected = at.getUTCMonth() === month && at.getUTCDate() === day ? at.getTime() : null
        assert.equal(parseSearchDate(`${day}-${name}-${String(year).padStart(4, '0')}`), expected, `${day} ${name} ${year}`)
      }
    }
  }
})
