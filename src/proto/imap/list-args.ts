import { MAX_LIST_PATTERNS } from './limits.ts'
import { scanList } from './scan.ts'
import type { Scanner } from './scanner.ts'
import { scanStatusItems, type StatusItem } from './status-items.ts'

/** What LIST asks for. RFC 9051 §6.3.9. */
export interface ListArgs {
  readonly reference: string
  readonly patterns: readonly string[]
  /** Only subscribed mailboxes, only those with a special use; and parents of such that do not match themselves. */
  readonly select: ReadonlySet<string>
  readonly returns: ReadonlySet<string>
  readonly status: readonly StatusItem[]
  /** Whether the client used anything that RFC 3501 does not have. */
  readonly syntax: 'basic' | 'extended'
}

const SELECTS: readonly string[] = ['SUBSCRIBED', 'REMOTE', 'RECURSIVEMATCH', 'SPECIAL-USE']
const RETURNS: readonly string[] = ['SUBSCRIBED', 'CHILDREN', 'SPECIAL-USE', 'STATUS']

/** Reads the arguments of LIST. */
export function scanListArgs(s: Scanner): ListArgs {
  s.need(' ')
  const start = s.at
  const select = new Set(s.sees('(') ? scanList(s, 8, (s) => s.word()) : [])
  let syntax: ListArgs['syntax'] = s.at > start ? 'extended' : 'basic'
  if (s.text.charAt(s.at - 1) === ')') s.need(' ')
  for (const option of select) {
    if (!SELECTS.includes(option)) s.fail(`unknown selection option ${option}`)
  }
  // RFC 5258 §3.1: alone it selects nothing.
  if (select.has('RECURSIVEMATCH') && !select.has('SUBSCRIBED') && !select.has('SPECIAL-USE')) s.fail('RECURSIVEMATCH needs another option')
  const reference = s.mailbox()
  s.need(' ')
  if (s.sees('(')) syntax = 'extended'
  const patterns = s.sees('(') ? scanList(s, MAX_LIST_PATTERNS, (s) => s.listMailbox()) : [s.listMailbox()]
  if (patterns.length === 0) s.fail('expected a mailbox pattern')
  const returns = new Set<string>()
  let status: readonly StatusItem[] = []
  if (s.skip(' RETURN ')) {
    syntax = 'extended'
    scanList(s, 16, (s) => {
      const word = s.word()
      if (!RETURNS.includes(word)) s.fail(`unknown return option ${word}`)
      returns.add(word)
      if (word !== 'STATUS') return
      s.need(' ')
      status = scanStatusItems(s)
    })
  }
  return { reference, patterns, select, returns, status, syntax }
}
