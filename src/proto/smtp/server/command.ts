import { fail, ok, type Result } from '../../../base/result.ts'
import { type AddressFault, parsePath, type ReadPath } from '../../mail/address.ts'
import { parseDomain } from '../../mail/domain.ts'
import type { MailParams, RcptParams, Recipient, Sender } from '../envelope.ts'
import { type Reply, reply } from '../reply.ts'
import type { EtrnNode } from './backend.ts'
import { MAX_AUTH_BYTES, MAX_CLIENT_CHARS, MAX_COMMAND_BYTES } from './limits.ts'
import { parseMailParams, parseRcptParams } from './params.ts'

/** A command line, understood. Only grammar has been checked; order and policy are the session's. */
export type Command =
  | Each<'EHLO' | 'HELO' | 'LHLO', { readonly client: string }>
  /** `utf8`: the path was written with more than ASCII, so that SMTPUTF8 is needed. */
  | { readonly verb: 'MAIL'; readonly sender: Sender; readonly utf8: boolean }
  | { readonly verb: 'RCPT'; readonly recipient: Recipient; readonly utf8: boolean }
  | { readonly verb: 'BDAT'; readonly size: number; readonly last: boolean }
  /** `initial` is still Base64; null when there was none. */
  | { readonly verb: 'AUTH'; readonly mechanism: string; readonly initial: string | null }
  | { readonly verb: 'ETRN'; readonly node: EtrnNode }
  | Each<'DATA' | 'RSET' | 'QUIT' | 'NOOP' | 'HELP' | 'STARTTLS' | 'VRFY' | 'EXPN', unknown>

/** The commands of these verbs. */
export type CommandOf<Verb extends Command['verb']> = Extract<Command, { readonly verb: Verb }>

/** One member of the union for each verb, so that a switch on the verb narrows. */
type Each<Verb extends string, Args> = Verb extends string ? { readonly verb: Verb } & Args : never

/** Why a line is no command. `fatal`: what follows cannot be told from commands any more, so the connection must end. */
export interface SyntaxFault {
  readonly reply: Reply
  readonly fatal?: true
}

/** How much a listener forgives: `lenient` takes spaces between `FROM:` and `<`, which the grammar has not but printers send. */
export type Strictness = 'lenient' | 'strict'

const LINE_END = 2
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/
// Whatever hosts call themselves, less what would be syntax in a Received field.
const CLIENT = /^[^\0- "(),;<>@\\\x7f]+$/u
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Parses one command line, given without its CRLF. RFC 5321 §4.1.1. Verbs and keywords are matched without case (§2.4). */
export function parseCommand(line: Uint8Array, strictness: Strictness = 'lenient'): Result<Command, SyntaxFault> {
  const text = decode(line)
  if (text === null) return refuse(500, '5.5.2', 'The line is not UTF-8 text without control characters')
  const space = text.indexOf(' ')
  const verb = (space === -1 ? text : text.slice(0, space)).toUpperCase()
  const rest = space === -1 ? '' : text.slice(space + 1)
  if (line.length + LINE_END > (verb === 'AUTH' ? MAX_AUTH_BYTES : MAX_COMMAND_BYTES)) return refuse(500, '5.5.2', 'Line too long')
  switch (verb) {
    case 'MAIL':
      return parseMail(rest, strictness)
    case 'RCPT':
      return parseRcpt(rest, strictness)
    case 'EHLO':
    case 'HELO':
    case 'LHLO':
      if (rest.length > MAX_CLIENT_CHARS || !CLIENT.test(rest)) return refuse(501, '5.5.4', `${verb} needs your host name`)
      return ok({ verb, client: rest })
    case 'DATA':
    case 'RSET':
    case 'QUIT':
    case 'STARTTLS':
      return rest === '' ? ok({ verb }) : refuse(501, '5.5.4', `${verb} takes no parameter`)
    case 'NOOP': // §4.1.1.9: a parameter is allowed and ignored; so with HELP.
    case 'HELP':
    case 'VRFY':
    case 'EXPN':
      return ok({ verb })
    case 'BDAT':
      return parseBdat(rest)
    case 'AUTH':
      return parseAuth(rest)
    case 'ETRN':
      return parseEtrn(rest)
    default:
      return refuse(500, '5.5.1', 'Unknown command')
  }
}

function parseMail(rest: string, strictness: Strictness): Result<Command, SyntaxFault> {
  const read = readPath(rest, 'FROM:', strictness)
  if (!read.ok) return read
  const { path } = read.value
  if (path.kind === 'postmaster') return refuse(501, '5.1.7', 'The sender needs a domain')
  const params = parseMailParams(read.value.rest)
  if (!params.ok) return fail({ reply: params.error })
  const { size, body, smtpUtf8, requireTls, ret, envid, auth, hold }: MailParams = params.value
  const from = path.kind === 'null' ? null : path.address
  return ok({ verb: 'MAIL', sender: { from, size, body, smtpUtf8, requireTls, ret, envid, auth, hold }, utf8: read.value.utf8 })
}

function parseRcpt(rest: string, strictness: Strictness): Result<Command, SyntaxFault> {
  const read = readPath(rest, 'TO:', strictness)
  if (!read.ok) return read
  const { path } = read.value
  if (path.kind === 'null') return refuse(501, '5.1.3', 'A recipient cannot be empty')
  const params = parseRcptParams(read.value.rest)
  if (!params.ok) return fail({ reply: params.error })
  const { notify, orcpt }: RcptParams = params.value
  const to = path.kind === 'postmaster' ? 'postmaster' : path.address
  return ok({ verb: 'RCPT', recipient: { to, notify, orcpt }, utf8: read.value.utf8 })
}

/** `FROM:<path>` or `TO:<path>`, and what follows. RFC 5321 §4.1.1.2, §4.1.1.3. */
function readPath(rest: string, keyword: 'FROM:' | 'TO:', strictness: Strictness): Result<ReadPath, SyntaxFault> {
  const verb = keyword === 'FROM:' ? 'MAIL' : 'RCPT'
  if (rest.slice(0, keyword.length).toUpperCase() !== keyword) return refuse(501, '5.5.4', `Say ${verb} ${keyword}<address>`)
  const after = rest.slice(keyword.length)
  const text = strictness === 'lenient' && after.startsWith(' ') ? after.slice(1) : after
  if (!text.startsWith('<') || !text.includes('>')) return refuse(501, '5.5.4', `Say ${verb} ${keyword}<address>, with the brackets`)
  const read = parsePath(text)
  if (!read.ok) return refuse(501, keyword === 'FROM:' ? '5.1.7' : '5.1.3', ADDRESS_FAULTS[read.error])
  if (read.value.rest !== '' && !read.value.rest.startsWith(' ')) return refuse(501, '5.5.4', 'A space is missing after the address')
  return read
}

const ADDRESS_FAULTS: Readonly<Record<AddressFault, string>> = {
  syntax: 'That is no address',
  'local-too-long': 'What stands before the @ is longer than 64 octets',
  'bad-domain': 'That is no domain',
  'bad-literal': 'That is no address literal',
  'too-long': 'The address is longer than 254 octets',
}

/** RFC 3030 §2. When the size cannot be read, the octets that follow cannot be told from commands. */
function parseBdat(rest: string): Result<Command, SyntaxFault> {
  const found = /^([0-9]{1,20})( LAST)?$/i.exec(rest)
  if (found === null) return fail({ reply: reply(501, '5.5.4', 'Say BDAT size [LAST]'), fatal: true })
  return ok({ verb: 'BDAT', size: Number(found[1]), last: found[2] !== undefined })
}

/** RFC 4954 §4. */
function parseAuth(rest: string): Result<Command, SyntaxFault> {
  const [mechanism = '', initial = null, ...more] = rest.split(' ')
  if (!/^[A-Za-z0-9_-]{1,20}$/.test(mechanism) || more.length > 0) return refuse(501, '5.5.4', 'Say AUTH mechanism [initial-response]')
  return ok({ verb: 'AUTH', mechanism: mechanism.toUpperCase(), initial })
}

/** RFC 1985 §5.1: one option character, then a domain; `#` names a queue. */
function parseEtrn(rest: string): Result<Command, SyntaxFault> {
  const kind = ETRN_KINDS[rest.charAt(0)] ?? 'node'
  const name = kind === 'node' ? rest : rest.slice(1)
  if (kind === 'queue') return QUEUE_NAME.test(name) ? ok({ verb: 'ETRN', node: { kind, name } }) : refuse(501, '5.5.4', 'Say ETRN #queue')
  const domain = parseDomain(name)
  return domain === null ? refuse(501, '5.5.4', 'Say ETRN domain') : ok({ verb: 'ETRN', node: { kind, name: domain } })
}

const ETRN_KINDS: Readonly<Record<string, EtrnNode['kind']>> = { '@': 'subdomains', '#': 'queue' }
const QUEUE_NAME = /^[A-Za-z0-9._-]{1,64}$/

/** The line as text without space at its end (§4.1.1: receivers should tolerate it), or null. */
function decode(line: Uint8Array): string | null {
  try {
    const text = utf8.decode(line)
    return CONTROL.test(text) ? null : text.trimEnd()
  } catch {
    // The decoder throws only for bytes that are not UTF-8.
    return null
  }
}

function refuse(code: number, status: string, text: string): { readonly ok: false; readonly error: SyntaxFault } {
  return fail({ reply: reply(code, status, text) })
}

