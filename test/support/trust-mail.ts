import type { SmtpReply } from './smtp-client.ts'
import type { Brought, TrustHouse } from './trust-house.ts'

/** A mail server that does everything right. */
export const WELL = { client: '192.0.2.10', helo: 'mx.far.test', from: 'orang@far.test' } as const

/** A server of a net that need not come back, with mail of a domain whose SPF allows it. */
export const KNOWN = { client: '198.51.100.5', helo: 'five.polos.test', from: 'orang@polos.test' } as const

/** The fields of a message with parts. */
export const MIXED = { 'MIME-Version': '1.0', 'Content-Type': 'multipart/mixed; boundary=b' }

/** What a stranger brings, where it is not the usual. */
export type Over = Partial<Brought> & { readonly fields?: Readonly<Record<string, string>>; readonly body?: string }

/** Brings a message to ani, as `KNOWN` unless said. */
export async function bringTo(house: TrustHouse, over: Over): Promise<SmtpReply> {
  const brought = { ...KNOWN, to: ['ani@rumah.test'], ...over }
  return await house.bring({ ...brought, data: over.data ?? mail({ From: brought.from, ...over.fields }, over.body) })
}

let made = 0

/** A message that no rule minds, with other fields where `fields` names them. */
export function mail(fields: Readonly<Record<string, string>>, body = 'Halo Ani, sampai jumpa di rapat hari Senin.\r\n'): string {
  const usual = { From: KNOWN.from, To: 'Ani <ani@rumah.test>', Subject: `Rapat ${++made}`, Date: new Date().toUTCString().replace('GMT', '+0000'), 'Message-ID': `<${made}@polos.test>` }
  return `${Object.entries({ ...usual, ...fields }).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`
}

/** A part of a message: a file. */
export function part(name: string, bytes: Uint8Array | string): string {
  const base64 = Buffer.from(bytes).toString('base64').replace(/.{76}/g, '$&\r\n')
  return `--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64}\r\n`
}

/** Bytes that do not pack. */
export function noise(count: number): Uint8Array {
  let state = 1
  return Uint8Array.from({ length: count }, () => (state = (state * 48_271) % 0x7fffffff) & 0xff)
}

/** The subjects and flags of what is in a mailbox. */
export async function mailbox(house: TrustHouse, person: string, name: string): Promise<readonly { readonly subject: string; readonly flags: string; readonly uid: string }[]> {
  using client = await house.imap(person)
  await client.ok(`EXAMINE ${name}`)
  const { untagged } = await client.ok('UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])')
  return untagged.flatMap(({ text, literals }) => {
    const flags = /FLAGS \(([^)]*)\)/.exec(text)?.[1]
    const subject = /Subject: (.*)\r\n/.exec(literals[0]?.toString() ?? '')?.[1]
    return flags === undefined || subject === undefined ? [] : [{ subject, flags, uid: /UID (\d+)/.exec(text)?.[1] ?? '' }]
  })
}

/** The header of the message with this subject. */
export async function headerOf(house: TrustHouse, person: string, subject: string, name = 'INBOX'): Promise<string> {
  using client = await house.imap(person)
  await client.ok(`EXAMINE ${name}`)
  const { untagged } = await client.ok('FETCH 1:* BODY.PEEK[HEADER]')
  return untagged.map(({ literals }) => literals[0]?.toString() ?? '').find((header) => header.includes(`Subject: ${subject}\r\n`)) ?? ''
}

/** Where a message with this subject is, and whether it is marked as junk. */
export async function placeOf(house: TrustHouse, person: string, subject: string): Promise<string> {
  for (const name of ['INBOX', 'Junk']) {
    const found = (await mailbox(house, person, name)).find((each) => each.subject === subject)
    if (found !== undefined) return found.flags.includes('$Junk') ? `${name} $Junk` : name
  }
  return 'nowhere'
}

/** The code and the enhanced code of a reply. */
export const coded = ({ code, text }: SmtpReply): string => `${code} ${/^\d{3}[ -](\d\.\d+\.\d+)/.exec(text)?.[1] ?? ''}`
