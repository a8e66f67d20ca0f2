import { needsUtf8 } from '../../mail/address.ts'
import type { OriginalRecipient, Recipient } from '../envelope.ts'
import { MAX_ENVID_CHARS, MAX_ORCPT_CHARS } from '../limits.ts'
import { encodeUtf8Xtext, encodeXtext } from '../xtext.ts'
import type { Capabilities } from './capabilities.ts'
import type { Outgoing } from './outgoing.ts'

/** A transaction's needs of SMTPUTF8, for the recipients that are really sent. RFC 6531 §3.4: asked for only when needed. */
export function wantsUtf8({ sender, content }: Outgoing, recipients: readonly Recipient[]): boolean {
  if (content.utf8Header || (sender.from !== null && needsUtf8(sender.from))) return true
  return recipients.some(({ to }) => to !== 'postmaster' && needsUtf8(to))
}

/** MAIL with the parameters that this server understands. RFC 5321 §4.1.1.2. `utf8` as `wantsUtf8` said; `login` when AUTH succeeded. */
export function mailCommand({ sender, content }: Outgoing, offered: Capabilities, has: { readonly utf8: boolean; readonly login: boolean }): string {
  const params: string[] = []
  if (offered.size.kind === 'offered') params.push(`SIZE=${content.sizeBytes}`) // RFC 1870 §5.
  // RFC 6152 §3; without the parameter the content is 7BIT. SMTPUTF8 headers are 8-bit: RFC 6531 §3.6.
  const body = content.body === '7BIT' && has.utf8 ? '8BITMIME' : content.body
  if (body !== '7BIT' && (offered.eightBitMime || body === 'BINARYMIME')) params.push(`BODY=${body}`)
  if (has.utf8) params.push('SMTPUTF8')
  if (sender.requireTls) params.push('REQUIRETLS') // RFC 8689 §2 (4).
  if (offered.dsn && sender.ret !== null) params.push(`RET=${sender.ret}`) // RFC 3461 §5.2.1: what came with the message goes on with it.
  const envid = sender.envid === null ? '' : encodeXtext(sender.envid)
  if (offered.dsn && envid !== '' && envid.length <= MAX_ENVID_CHARS) params.push(`ENVID=${envid}`)
  // RFC 4954 §5: only to a server that trusts us, which it shows by letting us log in.
  if (has.login && sender.auth !== null) params.push(`AUTH=${sender.auth === '<>' ? '<>' : encodeXtext(sender.auth)}`)
  return ['MAIL FROM:<', sender.from?.text ?? '', '>', ...params.map((param) => ` ${param}`)].join('')
}

/** RCPT with its DSN parameters where they are understood. RFC 5321 §4.1.1.3, RFC 3461 §4.1, §4.2. */
export function rcptCommand({ to, notify, orcpt }: Recipient, offered: Capabilities, utf8: boolean): string {
  const params: string[] = []
  if (offered.dsn && notify !== null) params.push(` NOTIFY=${notify === 'NEVER' ? notify : notify.join(',')}`)
  const original = orcpt === null ? '' : writtenOrcpt(orcpt, utf8)
  if (offered.dsn && original !== '') params.push(` ORCPT=${original}`)
  return `RCPT TO:<${to === 'postmaster' ? to : to.text}>${params.join('')}`
}

/** '' when it cannot be written within the limit: it is information, and the mail is worth more. */
function writtenOrcpt({ type, address }: OriginalRecipient, utf8: boolean): string {
  if (type !== 'utf-8' && /[^\0-\xff]/.test(address)) return ''
  // RFC 6533 §3: the form with escapes passes everywhere, whether SMTPUTF8 was asked for or not.
  const written = `${type};${type === 'utf-8' ? encodeUtf8Xtext(address) : encodeXtext(address)}`
  const limit = utf8 ? MAX_ORCPT_CHARS * 2 : MAX_ORCPT_CHARS
  return written.length > limit ? '' : written
}
