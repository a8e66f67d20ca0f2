import type { MailboxInfo } from '../backend.ts'
import { command, done } from '../command.ts'
import { type ListArgs, scanListArgs } from '../list-args.ts'
import { joinPattern, matchesPattern } from '../list-pattern.ts'
import { formatString, type Session } from '../session.ts'
import { useOf } from '../special-use.ts'
import { tellStatus } from '../status-items.ts'

/** A name that LIST may show: a mailbox, or (null) a level above mailboxes or a subscription that is none itself. */
interface Name {
  readonly path: string
  readonly mailbox: MailboxInfo | null
  readonly subscribed: boolean
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
    const mailboxes = await store.list()
    const names = sorted(namesOf(mailboxes, asksSubscribed(args) ? await store.lost() : [], args))
    const patterns = args.patterns.map((pattern) => joinPattern(args.reference, pattern))
    const matches = (path: string): boolean => patterns.some((pattern) => matchesPattern(pattern, path))
    const showsLevel = (path: string): boolean => patterns.some((pattern) => pattern.endsWith('%') && matchesPattern(pattern, path))
    const shown = showing(names, args, matches)
    for (const name of names) {
      const { path, mailbox, subscribed } = name
      if (!matches(path)) continue
      const wanted = isWanted(name, args.select) && (mailbox !== null || subscribed || (shown.children.has(path) && showsLevel(path)))
      const below = args.select.has('RECURSIVEMATCH') && shown.parents.has(path)
      if (!wanted && !below) continue
      tellName(session, name, { children: shown.children, args, below })
      if (args.status.length > 0 && wanted && mailbox !== null) tellStatus(session, store, mailbox, args.status)
      const relief = session.out.relieve()
      if (relief !== null) await relief
    }
    return done('Those are the mailboxes')
  },
})

function asksSubscribed({ select, returns }: ListArgs): boolean {
  return select.has('SUBSCRIBED') || returns.has('SUBSCRIBED')
}

/**
 * Mailboxes, names that are subscribed to without one where those are asked for, and the levels above them. RFC 9051 §6.3.9: a level
 * without a mailbox shows to patterns that end in `%`.
 */
function namesOf(mailboxes: readonly MailboxInfo[], lost: readonly string[], { select }: ListArgs): readonly Name[] {
  const byName = new Set(lost)
  const names = new Map<string, Name>()
  for (const mailbox of mailboxes) {
    const { path } = mailbox
    names.set(path, { path, mailbox, subscribed: mailbox.subscribed || byName.has(path) })
  }
  if (select.has('SUBSCRIBED')) for (const path of lost) if (!names.has(path)) names.set(path, { path, mailbox: null, subscribed: true })
  const levels = [...names.keys()].flatMap((path) => [...above(path)])
  for (const path of levels) if (!names.has(path)) names.set(path, { path, mailbox: null, subscribed: false })
  return [...names.values()]
}

/** The order of LIST: the inbox first. */
export function sorted<T extends { readonly path: string }>(names: readonly T[]): readonly T[] {
  const key = (path: string): string => (path === 'INBOX' || path.startsWith('INBOX/') ? `\0${path}` : path)
  return [...names].sort((a, b) => (key(a.path) < key(b.path) ? -1 : 1))
}

/** The levels above a path, nearest last: `a`, `a/b` of `a/b/c`. */
export function* above(path: string): Generator<string> {
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) yield path.slice(0, at)
}

/** Which names have mailboxes below them, and which have wanted names that the pattern does not show. */
function showing(names: readonly Name[], args: ListArgs, matches: (path: string) => boolean): Shown {
  const children = new Set<string>()
  const parents = new Set<string>()
  for (const name of names) {
    const hidden = isWanted(name, args.select) && !matches(name.path)
    for (const parent of above(name.path)) {
      if (name.mailbox !== null) children.add(parent)
      if (hidden) parents.add(parent)
    }
  }
  return { children, parents }
}

interface Shown {
  readonly children: ReadonlySet<string>
  readonly parents: ReadonlySet<string>
}

function isWanted({ mailbox, subscribed }: Name, select: ReadonlySet<string>): boolean {
  if (select.has('SUBSCRIBED') && !subscribed) return false
  return !select.has('SPECIAL-USE') || useOf(mailbox?.role ?? null) !== null
}

function tellName(
  session: Session,
  { path, mailbox, subscribed }: Name,
  how: { readonly children: ReadonlySet<string>; readonly args: ListArgs; readonly below: boolean },
): void {
  const { select, syntax } = how.args
  const attributes = [how.children.has(path) ? '\\HasChildren' : '\\HasNoChildren']
  // RFC 9051 §7.3.1: \NonExistent implies \Noselect, which is all that RFC 3501 knows.
  if (mailbox === null) attributes.push(syntax === 'extended' || session.rev2 ? '\\NonExistent' : '\\Noselect')
  if (subscribed && asksSubscribed(how.args)) attributes.push('\\Subscribed')
  const use = useOf(mailbox?.role ?? null)
  if (use !== null) attributes.push(use)
  const criteria = ['SPECIAL-USE', 'SUBSCRIBED'].filter((option) => select.has(option)).map((option) => formatString(option, false))
  const info = how.below ? ` ("CHILDINFO" (${criteria.join(' ')}))` : ''
  session.untagged(`LIST (${attributes.join(' ')}) "/" ${session.mailboxName(path)}${info}`)
}
