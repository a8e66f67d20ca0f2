import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, test } from 'node:test'
import type { DeliveryId, Domain, MessageId } from '../../base/brand.ts'
import { makeId } from '../../base/ids.ts'
import { NOW_MS } from '../../../test/support/people.ts'
import { returnPathOf } from '../bounce/return-path.ts'
import type { ReturnedArgs } from '../bounce/sql-returned.ts'
import { urlOf } from '../track/url.ts'
import { stopLocalOf } from '../track/stop-address.ts'
import { returnTo, takeReturned } from './returned.ts'

const SECRET = new Uint8Array(32).fill(7)
const DELIVERY = makeId('q', NOW_MS) as DeliveryId
const MESSAGE = makeId('m', NOW_MS) as MessageId
const TOKEN = returnPathOf(DELIVERY, SECRET)
const PATH = `${TOKEN}@mail.toko.example`
const STOP = urlOf({ kind: 'unsubscribe', message: MESSAGE, recipient: 0, link: 0 }, { origin: 'https://mail.toko.example', secret: SECRET })

const RULES = { hostname: 'mail.toko.example', secret: SECRET, clock: { nowMs: () => NOW_MS }, delivery: async () => null, stored: async () => null, countOf: async () => 0, stoppedBy: async () => null, stop: async () => {}, take: async () => {} }

/** Brings a message to the address for complaints. Tells which delivery it was about, and what it was. */
async function brought(mail: string): Promise<string> {
  const taken: ReturnedArgs[] = []
  const take = async (args: ReturnedArgs): Promise<void> => void taken.push(args)
  const stoppedBy = async ({ message, recipient }: { readonly message: MessageId; readonly recipient: number }): Promise<DeliveryId | null> => (message === MESSAGE && recipient === 0 ? DELIVERY : null)
  const options = { ...RULES, stoppedBy, take }
  await takeReturned(options, [{ address: 'fbl@mail.toko.example', returns: null }], { peer: '192.0.2.1', bytes: Buffer.from(mail.replaceAll('\n', '\r\n')), passOn: async () => null })
  const [one, ...more] = taken
  assert.deepEqual(more, [])
  return `${one?.delivery === DELIVERY ? 'ours' : 'nobody'} ${one?.note.kind} ${one?.note.category ?? one?.note.action}`
}

/** The message that is complained about, as much of it as a provider shows. */
const shown = (fields: string): string => `${fields}\nFrom: Toko <toko@toko.example>\nTo: redacted\nSubject: Promo\nMessage-ID: <x1@toko.example>\n\nisi`

interface Shape {
  readonly of?: string
  readonly machine?: string
  readonly encoding?: string
  readonly original?: string
}

/** A report in three parts. RFC 5965 §2. */
function arf(fields: string, original: string, { of = 'multipart/report; report-type=feedback-report', machine = 'message/feedback-report', encoding = '7bit', original: type = 'message/rfc822' }: Shape = {}): string {
  const head = `From: feedback@arf.far.example\nTo: fbl@mail.toko.example\nSubject: FW: Promo\nMIME-Version: 1.0\nContent-Type: ${of}; boundary=a`
  return `${head}\n\n--a\nContent-Type: text/plain\n\nThis is an email abuse report.\n--a\nContent-Type: ${machine}\nContent-Transfer-Encoding: ${encoding}\n\n${fields}\n--a\nContent-Type: ${type}\n\n${original}\n--a--\n`
}

/** Without fields for machines: the message itself, forwarded. */
const forwarded = (subject: string, original: string): string =>
  `From: staff@far.example\nTo: fbl@mail.toko.example\nSubject: ${subject}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: message/rfc822\n\n${original}\n--a--\n`

const ABUSE = 'Feedback-Type: abuse\nUser-Agent: Far-Feedback/2.0\nVersion: 0.1'
const FROM = `Original-Mail-From: <${PATH}>`
const typed = (type: string): string => arf(`Feedback-Type: ${type}\nUser-Agent: far/1\nVersion: 1\n${FROM}`, shown('X-A: b'))

const COMPLAINTS: readonly (readonly [from: string, mail: string, brought: string])[] = [
  ['Yahoo, whose recipient is redacted', arf(`${ABUSE}\n${FROM}\nOriginal-Rcpt-To: redacted@yahoo.com\nReceived-Date: Thu, 26 Nov 2026 01:00:00 +0000\nReported-Domain: toko.example\nAuthentication-Results: x; dkim=pass`, shown('X-A: b')), 'ours complained complaint'],
  ['one that shows only the header of the message', arf(ABUSE, shown(`Return-Path: <${PATH}>`), { original: 'text/rfc822-headers' }), 'ours complained complaint'],
  ['AOL, which redacts by fields of its own', arf('Feedback-Type: abuse\nUser-Agent: AOL SComp\nVersion: 0.1\nSource-IP: 198.51.100.4\nRedacted-Address: redacted\nRedacted-Address: redacted@', shown(`X-AOL-IP: 198.51.100.4\nReturn-Path: <${PATH}>`)), 'ours complained complaint'],
  ['Fastmail, which names everybody', arf(`${ABUSE}\nOriginal-Mail-From: ${PATH}\nOriginal-Rcpt-To: <budi@fast.example>`, shown('X-A: b')), 'ours complained complaint'],
  ['one that leaves only CFBL-Feedback-ID', arf(ABUSE, shown(`CFBL-Feedback-ID: ${TOKEN}`)), 'ours complained complaint'],
  ['one that leaves only List-Unsubscribe', arf(ABUSE, shown(`List-Unsubscribe: <${STOP}>`)), 'ours complained complaint'],
  ['Microsoft, which forwards the message', forwarded('complaint about message from 198.51.100.4', shown(`X-HmXmrOriginalRecipient: budi@hotmail.example\nReturn-Path: ${PATH}`)), 'ours complained complaint'],
  ['Microsoft under another subject', forwarded('FW: Promo', shown(`X-HmXmrOriginalRecipient: budi@hotmail.example\nReturn-Path: ${PATH}`)), 'ours complained complaint'],
  ['one that names no kind of report', arf(`${ABUSE}\n${FROM}`, shown('X-A: b'), { of: 'multipart/mixed' }), 'ours complained complaint'],
  ['one that calls its machine part a text', arf(`${ABUSE}\n${FROM}`, shown(`Return-Path: <${PATH}>`), { machine: 'text/plain' }), 'ours complained complaint'],
  ['one that encodes its machine part', arf(Buffer.from(`${ABUSE}\n${FROM}\n`).toString('base64'), shown('X-A: b'), { encoding: 'base64' }), 'ours complained complaint'],
  ['one that shouts', arf(`FEEDBACK-TYPE: ABUSE\nVERSION: 1\nUSER-AGENT: X\nORIGINAL-MAIL-FROM: <${PATH.toUpperCase()}>`, shown('X-A: b')), 'ours complained complaint'],
  ['one that begins with a blank line', arf(`\n${ABUSE}\n${FROM}`, shown('X-A: b')), 'ours complained complaint'],
  ['one that is cut off', arf(ABUSE, shown(`Return-Path: <${PATH}>`)).split('Subject: Promo\nMessage-ID')[0] ?? '', 'ours complained complaint'],
  ['somebody who wants out', typed('opt-out'), 'ours complained complaint'],
  ['somebody who takes it back', typed('not-spam'), 'ours complained not-spam'],
  ['somebody who calls it a fraud', typed('fraud'), 'ours complained fraud'],
  ['one of a kind that is new', typed('x-new'), 'ours complained other'],
  ['one with a return path that we did not make', arf(`${ABUSE}\nOriginal-Mail-From: <b-${'a'.repeat(40)}@mail.toko.example>`, shown(`List-Unsubscribe: <https://mail.toko.example/t/u/${'A'.repeat(44)}>`)), 'nobody complained complaint'],
  ['a person who writes about such reports', forwarded('Feedback-Type?', 'From: budi@far.example\nSubject: x\n\nWhat does Feedback-Type: abuse mean?'), 'nobody answered unclassified'],
]

describe('a complaint that came from', () => {
  for (const [from, mail, wanted] of COMPLAINTS) test(from, async () => assert.equal(await brought(mail), wanted))
})

/** What becomes of a recipient: who stops, or whose return path it is; the code of a refusal; null when it is an address like others. */
function becomes(local: string, domain: string): unknown {
  const found = returnTo({ local, domain: domain as Domain, literal: null, text: `${local}@${domain}` }, RULES)
  return found === null || 'code' in found ? (found?.code ?? null) : (found.stops ?? found.returns)
}

test('an address that stops mail, like a return path, is read at whatever name it came by; what others made is theirs at names of others', () => {
  const stop = stopLocalOf({ message: MESSAGE, recipient: 2 }, SECRET)
  const forged = stopLocalOf({ message: MESSAGE, recipient: 2 }, new Uint8Array(32))
  for (const domain of ['mail.toko.example', 'former.toko.example']) {
    assert.deepEqual(becomes(stop, domain), { message: MESSAGE, recipient: 2 })
    assert.equal(becomes(TOKEN, domain), DELIVERY)
  }
  assert.deepEqual([becomes(forged, 'MAIL.toko.example'), becomes(forged, 'former.toko.example')], [550, null])
  assert.equal(becomes('unsubscribe', 'mail.toko.example'), null)
})
