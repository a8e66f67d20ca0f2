import { fail, ok, type Result } from '../../base/result.ts'
import { MAX_AUTH_BYTES, MAX_COMMAND_BYTES } from './limits.ts'

/** A command line, understood. Only grammar has been checked; states and numbers are the session's. */
export type Command =
  | Each<'QUIT' | 'STAT' | 'NOOP' | 'RSET' | 'CAPA' | 'STLS', unknown>
  | Each<'LIST' | 'UIDL', { readonly number: number | null }>
  | Each<'RETR' | 'DELE', { readonly number: number }>
  | { readonly verb: 'TOP'; readonly number: number; readonly lines: number }
  | { readonly verb: 'USER'; readonly name: string }
  | { readonly verb: 'PASS'; readonly password: string }
  /** `mechanism` null asks for the list of mechanisms; `initial` is still Base64. */
  | { readonly verb: 'AUTH'; readonly mechanism: string | null; readonly initial: string | null }

/** The commands of these verbs. */
export type CommandOf<Verb extends Command['verb']> = Extract<Command, { readonly verb: Verb }>

/** One member of the union for each verb, so that a switch on the verb narrows. */
type Each<Verb extends string, Args> = Verb extends string ? { readonly verb: Verb } & Args : never

/** Why a line is no command, in words for the peer. */
export type SyntaxFault = string

const LINE_END = 2
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Parses one command line, given without its ending. RFC 1939 §3, RFC 2449 §4, RFC 5034 §4.
 *
 * Keywords are matched without case. USER and PASS take the rest of the line as it is, spaces too (RFC 1939 §7), in
 * UTF-8 (RFC 6856 §2.2); elsewhere space at the end is ignored.
 */
export function parseCommand(line: Uint8Array): Result<Command, SyntaxFault> {
  if (line.length > MAX_AUTH_BYTES - LINE_END) return fail('Line too long')
  const text = decode(line)
  if (text === null) return fail('The line is not UTF-8 text')
  const space = text.indexOf(' ')
  const verb = (space === -1 ? text : text.slice(0, space)).toUpperCase()
  const rest = space === -1 ? '' : text.slice(space + 1)
  // Bearer tokens and the like do not fit in 255 octets, and clients send them with the command: only AUTH may be longer.
  if (verb !== 'AUTH' && line.length > MAX_COMMAND_BYTES - LINE_END) return fail('Line too long')
  switch (verb) {
    case 'USER':
      return rest === '' ? fail('USER needs a name') : ok({ verb, name: rest })
    case 'PASS':
      return rest === '' ? fail('PASS needs a password') : ok({ verb, password: rest })
    default:
      return parseWords(verb, words(rest))
  }
}

function parseWords(verb: string, args: readonly string[]): Result<Command, SyntaxFault> {
  switch (verb) {
    case 'QUIT':
    case 'STAT':
    case 'NOOP':
    case 'RSET':
    case 'CAPA':
    case 'STLS':
      return args.length === 0 ? ok({ verb }) : fail(`${verb} takes no argument`)
    case 'LIST':
    case 'UIDL': {
      const [number = null, ...more] = args.map(parseNumber)
      if (args.length > 0 && number === null) return fail(`${verb} takes a message number`)
      return more.length === 0 ? ok({ verb, number }) : fail(`${verb} takes one message number`)
    }
    case 'RETR':
    case 'DELE': {
      const [number = null, ...more] = args.map(parseNumber)
      return number === null || more.length > 0 ? fail(`${verb} takes one message number`) : ok({ verb, number })
    }
    case 'TOP': {
      const [number = null, lines = null, ...more] = args.map(parseNumber)
      if (number === null || lines === null || more.length > 0) return fail('TOP takes a message number and a number of lines')
      return ok({ verb, number, lines })
    }
    case 'AUTH': {
      const [mechanism = null, initial = null, ...more] = args
      return more.length === 0 ? ok({ verb, mechanism, initial }) : fail('AUTH takes a mechanism and an initial response')
    }
    default:
      return fail('Unknown command')
  }
}

/** Decimal digits as a number; null for anything else. Ten digits are more than any mailbox has. */
function parseNumber(text: string): number | null {
  return /^[0-9]{1,10}$/.test(text) ? Number(text) : null
}

function words(text: string): readonly string[] {
  const trimmed = text.trimEnd()
  return trimmed === '' ? [] : trimmed.split(' ')
}

function decode(line: Uint8Array): string | null {
  if (line.includes(0)) return null
  try {
    return utf8.decode(line)
  } catch {
    // The decoder throws only for bytes that are not UTF-8.
    return null
  }
}
