import type { MailboxInfo } from '../backend.ts'
import { command, done } from '../command.ts'
import { MAX_LIST_PATTERNS } from '../limits.ts'
import { joinPattern, matchesPattern } from '../list-pattern.ts'
import { scanList } from '../scan.ts'
import type { Scanner } from '../scanner.ts'
import { formatString, type Session } from '../session.ts'
import { useOf } from '../special-use.ts'
import { scanStatusItems, type StatusItem, tellStatus } from '../status-items.ts'

interface ListArgs {
  readonly reference: string
  readonly patterns: readonly string[]
  /** Only subscribed mailboxes, only those with a special use; and parents of such that do not match themselves. */
  readonly select: ReadonlySet<string>
  readonly returns: ReadonlySet<string>
  readonly status: readonly StatusItem[]
}

/** LIST with LIST-EXTENDED, CHILDREN, SPECIAL-USE and LIST-STATUS. RFC 9051 §6.3.9, RFC 5258, RFC 6154, RFC 5819. */
export const list = command({
  verb: 'LIST',
  when: 'authenticated',
  news: 'all',
  parse: scanListArgs,
  async run(session, args, { store }) {
    if (args.patterns.length === 1 && args.patterns[0] === '') {
      session.untagged('LIST (\\Noselect) "/" ""') // Asks for the delimiter only.
      return done('That is the delimiter')
    }
    const mailboxes = sorted(await store.list())
    const patterns = args.patterns.map((pattern) => joinPattern(args.reference, pattern))
    const matches = (path: string): boolean => patterns.some((pattern) => matchesPattern(pattern, path))
    const shown = showing(mailboxes, args, matches)
    for (const mailbox of mailboxes) {
      if (!matches(mailbox.path)) continue
      const wanted = isWanted(mailbox, args.select)
      const below = args.select.has('RECURSIVEMATCH') && shown.parents.has(mailbox.path)
      if (!wanted && !below) continue
      tellMailbox(session, mailbox, { children: shown.children, args, below })
      if (args.status.length > 0 && wanted) tellStatus(session, store, mailbox, args.status)
      const relief = session.out.relieve()
      if (relief !== null) await relief
    }
    return done('Those are the mailboxes')
  },
})

/** The mailboxes in the order of LIST: the inbox first. */
export function sorted(mailboxes: readonly MailboxInfo[]): readonly MailboxInfo[] {
  const key = (path: string): string => (path === 'INBOX' || path.startsWith('INBOX/') ? `\0${path}` : path)
  return [...mailboxes].sort((a, b) => (key(a.path) < key(b.path) ? -1 : 1))
}

/** The levels above a path, nearest last: `a`, `a/b` of `a/b/c`. */
export function* above(path: string): Generator<string> {
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) yield path.slice(0, at)
}

/** Which mailboxes have levels below them, and which have wanted ones that the pattern does not show. */
function showing(mailboxes: readonly MailboxInfo[], args: ListArgs, matches: (path: string) => boolean): Shown {
  const children = new Set<string>()
  const parents = new Set<string>()
  for (const mailbox of mailboxes) {
    const hidden = isWanted(mailbox, args.select) && !matches(mailbox.path)
    for (const parent of above(mailbox.path)) {
      children.add(parent)
      if (hidden) parents.add(parent)
    }
  }
  return { children, parents }
}

interface Shown {
  readonly children: ReadonlySet<string>
  readonly parents: ReadonlySet<string>
}

function isWanted(mailbox: MailboxInfo, select: ReadonlySet<string>): boolean {
  if (select.has('SUBSCRIBED') && !mailbox.subscribed) return false
  return !select.has('SPECIAL-USE') || useOf(mailbox.role) !== null
}

function tellMailbox(
  session: Session,
  mailbox: MailboxInfo,
  how: { readonly children: ReadonlySet<string>; readonly args: ListArgs; readonly below: boolean },
): void {
  const { select, returns } = how.args
  const attributes = [how.children.has(mailbox.path) ? '\\HasChildren' : '\\HasNoChildren']
  if (mailbox.subscribed && (select.has('SUBSCRIBED') || returns.has('SUBSCRIBED'))) attributes.push('\\Subscribed')
  const use = useOf(mailbox.role)
  if (use !== null) attributes.push(use)
  const info = how.below ? ` ("CHILDINFO" (${formatString(select.has('SUBSCRIBED') ? 'SUBSCRIBED' : 'SPECIAL-USE', false)}))` : ''
  session.untagged(`LIST (${attributes.join(' ')}) "/" ${session.mailboxName(mailbox.path)}${info}`)
}

function scanListArgs(s: Scanner): ListArgs {
  s.need(' ')
  const select = new Set(s.sees('(') ? scanList(s, 8, (s) => s.word()) : [])
  if (s.text.charAt(s.at - 1) === ')') s.need(' ')
  for (const option of select) {
    if (!['SUBSCRIBED', 'REMOTE', 'RECURSIVEMATCH', 'SPECIAL-USE'].includes(option)) s.fail(`unknown selection option ${option}`)
  }
  // RFC 5258 §3.1: alone it selects nothing.
  if (select.has('RECURSIVEMATCH') && !select.has('SUBSCRIBED') && !select.has('SPECIAL-USE')) s.fail('RECURSIVEMATCH needs another option')
  const reference = s.mailbox()
  s.need(' ')
  const patterns = s.sees('(') ? scanList(s, MAX_LIST_PATTERNS, (s) => s.listMailbox()) : [s.listMailbox()]
  const returns = new Set<string>()
  let status: readonly StatusItem[] = []
  if (s.skip(' RETURN ')) {
    scanList(s, 16, (s) => {
      const word = s.word()
      if (!['SUBSCRIBED', 'CHILDREN', 'SPECIAL-USE', 'STATUS'].includes(word)) s.fail(`unknown return option ${word}`)
      returns.add(word)
      if (word !== 'STATUS') return
      s.need(' ')
      status = scanStatusItems(s)
    })
  }
  return { reference, patterns, select, returns, status }
}
