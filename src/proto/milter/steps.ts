import { Buffer } from 'node:buffer'
import { MAX_FIELDS } from './limits.ts'
import type { RawField } from './message.ts'
import type { Agreed, Step } from './options.ts'
import { cString, encodePacket } from './packet.ts'

/** A message and how it came, for a filter. */
export interface MilterMail {
  /** The client's address, IPv4 or IPv6, and what its address resolves to; null when that is not known. */
  readonly client: { readonly address: string; readonly port: number; readonly name: string | null }
  readonly helo: string
  /** '' for the null sender. */
  readonly from: string
  readonly recipients: readonly string[]
  /** Our host name, the id of the message, and who logged in: the macros `j`, `i` and `{auth_authen}`. */
  readonly hostname: string
  readonly id: string
  readonly login: string | null
  readonly bytes: AsyncIterable<Uint8Array>
}

/** A packet to send. Macros belong to the step after them and have no answer. */
export interface Told {
  readonly step: Step | 'macros'
  readonly packet: Uint8Array
}

/** All that goes before the body, in order, without what the filter does not want to hear. */
export function* stepsOf(mail: MilterMail, fields: readonly RawField[], agreed: Agreed): Generator<Told> {
  const { client, helo, from, recipients, hostname, id, login } = mail
  if (!agreed.unwanted.has('connect')) {
    yield macros('C', { j: hostname, '{daemon_name}': 'merpati', '{client_addr}': client.address })
    yield { step: 'connect', packet: connection(client) }
  }
  if (!agreed.unwanted.has('helo')) yield { step: 'helo', packet: encodePacket('H', cString(helo)) }
  if (!agreed.unwanted.has('mail')) {
    yield macros('M', { i: id, '{mail_addr}': from, ...(login === null ? {} : { '{auth_authen}': login, '{auth_type}': 'PLAIN' }) })
    yield { step: 'mail', packet: encodePacket('M', cString(`<${from}>`)) }
  }
  if (!agreed.unwanted.has('rcpt')) {
    for (const recipient of recipients) {
      yield macros('R', { '{rcpt_addr}': recipient })
      yield { step: 'rcpt', packet: encodePacket('R', cString(`<${recipient}>`)) }
    }
  }
  // SMFIC_DATA came with version 4.
  if (!agreed.unwanted.has('data') && agreed.version >= 4) yield { step: 'data', packet: encodePacket('T') }
  yield* header(fields, agreed)
}

/** The end of the body, with its macros: two packets. */
export function endOf({ id }: MilterMail): Uint8Array {
  return Buffer.concat([macros('E', { i: id }).packet, encodePacket('E')])
}

function* header(fields: readonly RawField[], agreed: Agreed): Generator<Told> {
  if (!agreed.unwanted.has('header')) {
    for (const { name, value } of fields.slice(0, MAX_FIELDS)) {
      const shown = !agreed.leadingSpace && value[0] === 32 ? value.subarray(1) : value
      yield { step: 'header', packet: encodePacket('L', cString(name), cString(shown)) }
    }
  }
  if (!agreed.unwanted.has('eoh')) yield { step: 'eoh', packet: encodePacket('N') }
}

/** Values for names, which belong to the command of that letter. A name of several characters stands in braces. */
function macros(letter: string, values: Readonly<Record<string, string>>): Told {
  return { step: 'macros', packet: encodePacket('D', Buffer.from(letter), ...Object.entries(values).flatMap(([name, value]) => [cString(name), cString(value)])) }
}

function connection({ address, port, name }: MilterMail['client']): Uint8Array {
  const number = Buffer.alloc(2)
  number.writeUInt16BE(port)
  return encodePacket('C', cString(name ?? `[${address}]`), Buffer.from(address.includes(':') ? '6' : '4'), number, cString(address))
}
