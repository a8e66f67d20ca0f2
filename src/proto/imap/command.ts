import { fail, ok, type Result } from '../../base/result.ts'
import type { ImapStore } from './backend.ts'
import { Scanner } from './scanner.ts'
import type { Selected } from './selected.ts'
import type { Session } from './session.ts'

/** Where the conversation stands. Each phase holds what only it may use. RFC 9051 §3. */
export type Phase =
  | { readonly at: 'greeted' }
  | { readonly at: 'authenticated'; readonly store: ImapStore }
  | { readonly at: 'selected'; readonly store: ImapStore; readonly box: Selected }

/** In which phases a command may come. */
export type When = 'any' | 'greeted' | 'authenticated' | 'selected'

/** The phase that a command of `W` finds. */
export type PhaseOf<W extends When> = {
  any: Phase
  greeted: Extract<Phase, { at: 'greeted' }>
  authenticated: Extract<Phase, { at: 'authenticated' | 'selected' }>
  selected: Extract<Phase, { at: 'selected' }>
}[W]

/** How a command ended: the tagged response. `code` is without brackets. `bye` ends the connection after it. */
export interface Tagged {
  readonly status: 'OK' | 'NO' | 'BAD'
  readonly code?: string
  readonly text: string
  readonly bye?: true
}

/** A command of the protocol: its grammar and what it does, one file each in `command/`. */
export interface Definition<A, W extends When> {
  readonly verb: string
  readonly when: W
  /**
   * Which news of the selected mailbox may stand before its tagged response. RFC 9051 §7.5.1: no EXPUNGE while FETCH,
   * STORE or SEARCH by message number run, or numbers would move under the client's feet.
   */
  readonly news: 'all' | 'no-expunge' | 'none'
  /** Reads what follows the verb, its first space included. Faults stay in the scanner. */
  parse(s: Scanner): A
  run(session: Session, args: A, phase: PhaseOf<W>): Promise<Tagged>
}

/** A command whose argument type only itself knows. */
export type Command = Definition<unknown, When>

/** Defines a command. `run` gets only what `parse` gave, in a phase of `when`: the session sees to both. */
export function command<A, W extends When>(definition: Definition<A, W>): Command {
  return definition as unknown as Command // The pair of parse and run stays together; see above.
}

/** A command line, understood. Only grammar has been checked. */
export interface ParsedCommand {
  readonly tag: string
  readonly command: Command
  readonly args: unknown
}

/** Why a line is no command. The tag is null when not even that could be read. */
export interface SyntaxFault {
  readonly tag: string | null
  readonly text: string
}

/** Parses one command as `readCommand` gives it. `utf8` as in `Scanner`. */
export function parseCommand(
  text: string,
  commands: ReadonlyMap<string, Command>,
  options: { readonly utf8: boolean },
): Result<ParsedCommand, SyntaxFault> {
  const s = new Scanner(text, options)
  const tag = s.tag()
  s.need(' ')
  let verb = s.word()
  if (s.fault !== null) return fail({ tag: null, text: 'That is no command' })
  if (verb === 'UID' && s.skip(' ')) verb = `UID ${s.word()}`
  const found = commands.get(verb)
  if (found === undefined) return fail({ tag, text: 'Unknown command' })
  const args = found.parse(s)
  s.end()
  return s.fault === null ? ok({ tag, command: found, args }) : fail({ tag, text: `${verb}: ${s.fault}` })
}

/** OK with a text. */
export function done(text: string, code?: string): Tagged {
  return code === undefined ? { status: 'OK', text } : { status: 'OK', text, code }
}

/** NO with a text. */
export function no(text: string, code?: string): Tagged {
  return code === undefined ? { status: 'NO', text } : { status: 'NO', text, code }
}

/** BAD with a text: the client is wrong, not the mail. */
export function bad(text: string): Tagged {
  return { status: 'BAD', text }
}

/** Grammar of a command without arguments. */
export function noArguments(): null {
  return null
}
