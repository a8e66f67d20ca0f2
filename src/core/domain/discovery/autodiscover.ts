import type { House, ServiceName } from '../house.ts'
import { xmlText } from './xml.ts'

/** A question as Outlook posts it: a few hundred octets. */
const MAX_QUESTION_BYTES = 16 * 1024

/** RFC 5321 §4.5.3.1.3, with room. */
const ADDRESS = /<(?:[A-Za-z0-9]{1,20}:)?EMailAddress>\s{0,20}([^<>\s]{3,320})\s{0,20}<\//

/** The address that is asked about; null when the question cannot be read. Its text is a stranger's: nothing but its domain is looked at. */
export function askedAddress(body: Uint8Array): string | null {
  if (body.length > MAX_QUESTION_BYTES) return null
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8')
  const found = ADDRESS.exec(withoutComments(text))?.[1]?.replace(REFERENCE, (_, name: string) => referred(name))
  return found?.includes('@') === true && !/[\s\0]/.test(found) ? found : null
}

/** XML 1.0 §2.5: what stands in a comment is not there. One that never ends takes all that is left. */
function withoutComments(text: string): string {
  const [before = '', ...comments] = text.split('<!--')
  return before + comments.map((comment) => (comment.includes('-->') ? comment.slice(comment.indexOf('-->') + 3) : '')).join('')
}

/** XML 1.0 §4.1, §4.6. No reference in an address has more digits than a code point has. */
const REFERENCE = /&(amp|lt|gt|quot|apos|#0{0,20}[0-9]{1,7}|#x0{0,20}[0-9A-Fa-f]{1,6});/g

/** What a reference stands for: NUL, which no address holds, where it is no character of XML (§2.2). */
function referred(name: string): string {
  if (!name.startsWith('#')) return NAMED[name] ?? ''
  const point = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10)
  return point >= 0x20 && point <= 0x10_ff_ff && (point < 0xd8_00 || point > 0xdf_ff) ? String.fromCodePoint(point) : '\0'
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** The protocols by the names that Outlook knows, the preferred form of each first. */
const PROTOCOLS: readonly { readonly type: 'IMAP' | 'POP3' | 'SMTP'; readonly names: readonly ServiceName[] }[] = [
  { type: 'IMAP', names: ['imaps', 'imap'] },
  { type: 'POP3', names: ['pop3s', 'pop3'] },
  { type: 'SMTP', names: ['submissions', 'submission'] },
]

/** How to set up a mail program, for an address of a hosted domain: the "POX" answer (MS-OXDSCLI §2.2.4). The same for every address of a domain. */
export function autodiscoverXml(address: string, { hostname, services }: Pick<House, 'hostname' | 'services'>): string {
  const protocols = PROTOCOLS.flatMap(({ type, names }) => {
    const service = names.map((name) => services.find((each) => each.name === name)).find((each) => each !== undefined)
    if (service === undefined) return []
    const isImplicit = service.name.endsWith('s')
    return [
      '      <Protocol>',
      `        <Type>${type}</Type>`,
      `        <Server>${xmlText(hostname)}</Server>`,
      `        <Port>${service.port}</Port>`,
      `        <LoginName>${xmlText(address)}</LoginName>`,
      '        <DomainRequired>off</DomainRequired>',
      '        <SPA>off</SPA>',
      `        <SSL>${isImplicit ? 'on' : 'off'}</SSL>`,
      `        <Encryption>${isImplicit ? 'SSL' : 'TLS'}</Encryption>`,
      '        <AuthRequired>on</AuthRequired>',
      '      </Protocol>',
    ]
  })
  return answer([
    '  <Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a">',
    '    <Account>',
    '      <AccountType>email</AccountType>',
    '      <Action>settings</Action>',
    ...protocols,
    '    </Account>',
    '  </Response>',
  ])
}

/** Why there are no settings: 600 is a question that cannot be read, 500 a domain that is not ours. MS-OXDSCLI §2.2.4.1.1.2. */
export function autodiscoverError(code: 500 | 600): string {
  const message = code === 600 ? 'Invalid Request' : 'The email address cannot be found.'
  return answer(['  <Response>', '    <Error>', `      <ErrorCode>${code}</ErrorCode>`, `      <Message>${message}</Message>`, '      <DebugData />', '    </Error>', '  </Response>'])
}

function answer(lines: readonly string[]): string {
  const open = '<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">'
  return ['<?xml version="1.0" encoding="utf-8"?>', open, ...lines, '</Autodiscover>', ''].join('\n')
}
