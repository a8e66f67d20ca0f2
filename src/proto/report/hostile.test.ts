import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { readReport } from './read-report.ts'

const DSN = 'From: MAILER-DAEMON@x\r\nSubject: failure notice\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\r\n<a@x.example>: 550 5.1.1 no\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@x.example\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--\r\n'

// Each unit, repeated, makes some careless pattern look at the same characters again and again.
const UNITS = [
  '<', '>', '@', 'a@b', '<a@b.c>', '550 ', '5.1.1 ', '-', '- ', '\n', '\r\n', '\n\n', ' ', ':', 'to ', 'error: ', '<br', '<p>', '&#', '&', '"', '""@', 'deliver ', '--b\r\n',
  'Final-Recipient: rfc822; a@b.c\n', 'Received: x\n', '> ', '\u001b$B', '🐦', 'not delivered to ', 'confirm that you sent ', 'returned was: ',
]
const LENGTH = 300_000

const PLACES: Readonly<Record<string, (text: string) => string>> = {
  'all of it': (text) => text,
  'a subject': (text) => `From: MAILER-DAEMON@x\r\nSubject: ${text}\r\n\r\nfailed`,
  'a letter': (text) => `From: MAILER-DAEMON@x\r\nSubject: failure notice\r\n\r\n${text}`,
  'a reply': (text) => `From: budi@x.example\r\nSubject: Re: Halo\r\n\r\n${text}`,
  'an HTML letter': (text) => `From: MAILER-DAEMON@x\r\nSubject: failure notice\r\nContent-Type: text/html\r\n\r\n<html>${text}`,
  'a machine part': (text) => DSN.replace('Status: 5.1.1', () => `Diagnostic-Code: smtp; ${text}`),
  'a machine part alone': (text) => DSN.replace('Reporting-MTA: dns; x', () => text),
}

describe('reports from strangers', () => {
  for (const [place, put] of Object.entries(PLACES)) {
    test(`are read to their end: ${place}`, () => {
      for (const unit of UNITS) {
        const bytes = Buffer.from(put(unit.repeat(LENGTH / unit.length)))
        assert.doesNotThrow(() => readReport(bytes), unit)
      }
    })
  }

  test('never throw, whatever they are', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 4000 }), (bytes) => void readReport(bytes)))
  })

  test('never throw, however a real one is damaged', () => {
    const damage = fc.array(fc.tuple(fc.nat(DSN.length), fc.nat(40), fc.string({ maxLength: 12 })), { maxLength: 8 })
    fc.assert(
      fc.property(damage, (changes) => {
        let text = DSN
        for (const [at, cut, put] of changes) text = text.slice(0, at) + put + text.slice(at + cut)
        const report = readReport(Buffer.from(text))
        if (report.kind === 'delivery') for (const { text: said } of report.recipients) assert.ok(said.length <= 1000 && !/[\0-\x1f\x7f]/.test(said))
      }),
    )
  })
})
