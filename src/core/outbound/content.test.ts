import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import type { AccountId, DeliveryId, Domain, MessageId, OrganizationId } from '../../base/brand.ts'
import { formatKeyRecord } from '../../proto/dkim/key-record.ts'
import { Verifier } from '../../proto/dkim/verify.ts'
import { decodeBody } from '../../proto/mail/decode-body.ts'
import { MAX_HEADER_BYTES } from '../../proto/mail/limits.ts'
import { indexMessage } from '../../proto/mail/mime-index.ts'
import type { OutgoingContent } from '../../proto/smtp/client/outgoing.ts'
import type { Body } from '../../proto/smtp/envelope.ts'
import type { LeasedDelivery } from '../queue/delivery.ts'
import { contentOf, type Sendable } from './content.ts'
import { MailSigner } from './sign.ts'

const PAIR = generateKeyPairSync('ed25519')
const RECORD = formatKeyRecord(PAIR.publicKey)
const NOW_MS = Date.UTC(2026, 0, 2)
const never = new AbortController().signal
const NO_SEGMENTS = { read: () => { throw new Error('nothing lies in segments') } }

interface Given {
  readonly body?: Body | null
  readonly view?: LeasedDelivery['view']
}

/** A message of an account, as it leaves; `me.example` is the one domain with a key. */
async function sendable(bytes: Uint8Array, { body = null, view = { prefix: '', skips: [] } }: Given = {}): Promise<Sendable> {
  const signer = new MailSigner({ keys: async (_, domain) => (domain === 'me.example' ? [{ domain, selector: 'e', key: PAIR.privateKey }] : []), platformKeys: async () => [], clock: { nowMs: () => NOW_MS } })
  const delivery: LeasedDelivery = {
    id: 'q1' as DeliveryId, organization: 'o1' as OrganizationId, account: 'a1' as AccountId, message: 'm1' as MessageId, sender: 'ani@me.example', recipient: 'b@far.test', lane: 'far.test', stream: 'submission',
    priority: 1, attempts: 0, createdMs: 0, expiresMs: 0, last: null, possibleDuplicate: false,
    wishes: { ret: null, envid: null, notify: [], orcpt: null, body, smtputf8: false, requireTls: false, tlsOptional: false }, view,
  }
  return await contentOf(delivery, { sizeBytes: bytes.length, location: { kind: 'inline', bytes } }, NO_SEGMENTS, async (...args) => ({ fields: (await signer.sign(...args)).fields, note: null }))
}

async function bytesOf(content: OutgoingContent): Promise<Buffer> {
  const bytes = Buffer.concat(await Array.fromAsync(content.open(never)))
  assert.equal(bytes.length, content.sizeBytes)
  return bytes
}

async function dkim(bytes: Uint8Array): Promise<readonly string[]> {
  const verifier = new Verifier()
  verifier.push(bytes)
  return (await verifier.finish(async () => ({ kind: 'texts', texts: [RECORD] }), NOW_MS, never)).map(({ result }) => result)
}

const BODY = '\0\r\n.\n\rbinary\xff'
const binary = (from: string, type = 'application/octet-stream'): Buffer => Buffer.from(`From: ${from}\r\nMIME-Version: 1.0\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: binary\r\n\r\n${BODY}`, 'latin1')

test('binary content of an author who is signed for leaves in 7-bit lines, converted first and then signed', async () => {
  const { content, sevenBit } = await sendable(binary('ani@me.example'), { body: 'BINARYMIME' })
  const bytes = await bytesOf(content)
  assert.deepEqual([content.body, await dkim(bytes)], ['7BIT', ['pass']])
  const { root } = indexMessage(bytes)
  assert.equal(Buffer.from(decodeBody(bytes.subarray(root.bodyStart, root.bodyEnd), root.encoding)).toString('latin1'), BODY)
  assert.deepEqual(await bytesOf(await sevenBit()), bytes)
})

test('binary content that nobody here signs for, or that has no 7-bit form, leaves as it is', async () => {
  const forwardedBy = { organization: 'o1' as OrganizationId, domain: 'me.example' as Domain }
  const signed = binary('ani@me.example', 'multipart/signed; boundary=b')
  for (const [bytes, given, isConverted, note] of [
    [binary('ani@other.example'), {}, true, null],
    [binary('ani@me.example'), { view: { prefix: '', skips: [], forwardedBy } }, true, null],
    [signed, {}, false, 'Not signed: its binary content has no 7-bit form'],
  ] as const) {
    const made = await sendable(bytes, { body: 'BINARYMIME', ...given })
    assert.deepEqual([made.content.body, made.note, await bytesOf(made.content)], ['BINARYMIME', note, bytes])
    const { body, conversion } = await made.sevenBit()
    assert.deepEqual([body, conversion], isConverted ? ['7BIT', undefined] : ['BINARYMIME', 'prohibited'])
  }
})

test('a field that is not ASCII is found wherever it stands in a header, also behind what we put in front of it', async () => {
  const header = (room: number): string => 'From: ani@other.example\r\n' + 'X-Padding: x\r\n'.repeat(Math.floor(room / 14))
  const at = (room: number, prefix = ''): Promise<Sendable> => sendable(Buffer.from(`${header(room)}Subject: Kafé\r\n\r\nx\r\n`), { view: { prefix, skips: [] } })
  const prefix = `X-Ours: ${'x'.repeat(900)}\r\n`
  for (const made of [await at(0), await at(80 * 1024), await at(MAX_HEADER_BYTES - 100), await at(MAX_HEADER_BYTES - 100, prefix)]) assert.deepEqual([made.content.body, made.content.utf8Header], ['8BITMIME', true])
  // What stands in the body is no reason to ask for SMTPUTF8. RFC 6531 §3.4.
  const body = await sendable(Buffer.from(`${header(80 * 1024)}\r\nKafé\r\n`))
  assert.deepEqual([body.content.body, body.content.utf8Header], ['8BITMIME', false])
})
