import { type Client, dotted } from './client.ts'
import { smallName } from './domain-spec.ts'
import { expandName, type MacroPart, type MacroValues } from './macro.ts'
import type { Questions } from './questions.ts'
import { verifiedNames } from './verified-names.ts'

/** What one evaluation works with. */
export interface Run {
  readonly questions: Questions
  readonly client: Client
  readonly helo: string
  /** The sender, its local part never empty: RFC 7208 §4.3 puts `postmaster` there. */
  readonly local: string
  readonly senderDomain: string
  /** Our name, for explanations. */
  readonly receiver: string
  readonly nowMs: number
  /** The client's verified names, once they have been looked up. */
  names: readonly string[] | null
}

/** The names of the client that lead back to it. Asked for once. RFC 7208 §5.5. */
export async function namesOf(run: Run): Promise<readonly string[]> {
  run.names ??= await verifiedNames(run.questions, run.client)
  return run.names
}

/** What macro letters stand for while the record of `domain` is read. RFC 7208 §7.2. */
export function valuesFor(run: Run, domain: string): MacroValues {
  return async (letter) => {
    switch (letter) {
      case 's':
        return `${run.local}@${run.senderDomain}`
      case 'l':
        return run.local
      case 'o':
        return run.senderDomain
      case 'd':
        return domain
      case 'i':
        return dotted(run.client)
      case 'p':
        return bestName(await namesOf(run), domain)
      case 'v':
        return run.client.family === 4 ? 'in-addr' : 'ip6'
      case 'h':
        return run.helo
      case 'c':
        return run.client.text
      case 'r':
        return run.receiver
      case 't':
        return String(Math.floor(run.nowMs / 1000))
    }
  }
}

/** The name a term asks for: its own, or the domain whose record it is. RFC 7208 §4.8. */
export async function targetOf(run: Run, domain: string, target: readonly MacroPart[] | null): Promise<string> {
  return target === null ? domain : smallName(await expandName(target, valuesFor(run, domain)))
}

/**
 * RFC 8616 §4: a local part that is not ASCII can be in no name of DNS, so a term that would put it into one (macros l and s) matches nothing. It asks nobody
 * either, and so counts towards no limit.
 */
export function namesNothing({ local }: Run, target: readonly MacroPart[] | null): boolean {
  return target !== null && /[^\0-\x7f]/.test(local) && target.some((part) => part.kind === 'expand' && (part.letter === 'l' || part.letter === 's'))
}

/** RFC 7208 §7.3: the domain itself, else a name below it, else any; `unknown` without one. */
function bestName(names: readonly string[], domain: string): string {
  return names.find((name) => name === domain) ?? names.find((name) => name.endsWith(`.${domain}`)) ?? names[0] ?? 'unknown'
}
