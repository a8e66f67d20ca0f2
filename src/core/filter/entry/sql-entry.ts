import type { OrganizationId } from '../../../base/brand.ts'
import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import { type Work, write } from '../../../infra/db/transaction.ts'
import type { EntryAction, EntryKind, EntryList, EntryOwner, FilterEntry } from './entry.ts'
import { entryKey, entryKeys, type EntryFacts } from './facts.ts'
import type { EntryHolder, EntryStore } from './held.ts'
import type { EntryHits } from './hits.ts'
import { MAX_COMMENT_CHARS, MAX_ENTRIES } from './limits.ts'

interface Row {
  readonly organization: OrganizationId | ''
  readonly owner: string
  readonly key: string
  readonly id: string
  readonly action: EntryAction
  readonly comment: string
  readonly author: string
  readonly created_ms: number
  readonly expires_ms: number | null
  readonly hits: number
  readonly hit_ms: number | null
}

const COLUMNS = 'organization, owner, key, id, action, comment, author, created_ms, expires_ms, hits, hit_ms'

const PUT = statement<{
  organization: string
  owner: string
  key: string
  id: string
  action: string
  comment: string
  author: string
  createdMs: number
  expiresMs: number | null
}>(`INSERT INTO filter_entry (${COLUMNS}) VALUES ($organization, $owner, $key, $id, $action, $comment, $author, $createdMs, $expiresMs, 0, NULL)
  ON CONFLICT (organization, owner, key) DO UPDATE SET id = excluded.id, action = excluded.action, comment = excluded.comment, author = excluded.author,
    created_ms = excluded.created_ms, expires_ms = excluded.expires_ms, hits = 0, hit_ms = NULL`)

const COUNT = statement<{ organization: string; owner: string; key: string }, { total: number }>(
  'SELECT COUNT(*) AS total FROM filter_entry WHERE organization = $organization AND owner = $owner AND key <> $key',
)

/** The list that a row is on. */
const ON_LIST = `CASE action WHEN 'allow' THEN 'allow' WHEN 'forward' THEN 'forwarder' WHEN 'trap' THEN 'trap' ELSE 'deny' END = $list`

const HOLDS = statement<{ organization: string; owner: string; key: string; nowMs: number }, { found: number }>(
  'SELECT 1 AS found FROM filter_entry WHERE organization = $organization AND owner = $owner AND key = $key AND (expires_ms IS NULL OR expires_ms > $nowMs)',
)

const REMOVE = statement<{ organization: string; owner: string; key: string; list: EntryList }>(
  `DELETE FROM filter_entry WHERE organization = $organization AND owner = $owner AND key = $key AND ${ON_LIST}`,
)

const HIT = statement<{ id: string; count: number; atMs: number }>('UPDATE filter_entry SET hits = hits + $count, hit_ms = $atMs WHERE id = $id')

const LIST = statement<{ organization: string; owner: string; key: string; list: EntryList }, Row>(
  `SELECT ${COLUMNS} FROM filter_entry
  WHERE organization = $organization AND (owner, key) > ($owner, $key) AND ${ON_LIST} ORDER BY owner, key LIMIT 500`,
)

const HELD = `((organization = '' AND owner = '') OR (organization = $organization AND owner IN ($domain, $account)))`
const ANY = statement<Record<never, never>, { found: number }>('SELECT 1 AS found FROM filter_entry LIMIT 1')
const ANY_FOR = statement<{ organization: string; domain: string; account: string }, { found: number }>(`SELECT 1 AS found FROM filter_entry WHERE ${HELD} LIMIT 1`)

// The keys are a list of texts in JSON: as many as a client has nets, and some more.
const holding = (list: string): string =>
  `SELECT ${COLUMNS} FROM filter_entry
  WHERE ${HELD} AND key IN (${list}) AND (expires_ms IS NULL OR expires_ms > $nowMs) ORDER BY owner, key LIMIT 500`

const HOLDING = statement<{ organization: string; domain: string; account: string; keys: string; nowMs: number }, Row>({
  sqlite: holding('SELECT value FROM json_each($keys)'),
  postgres: holding('SELECT jsonb_array_elements_text($keys::jsonb)'),
})

const PURGE = statement<{ nowMs: number }>('DELETE FROM filter_entry WHERE expires_ms IS NOT NULL AND expires_ms <= $nowMs')

// Those who remove owners stand to the left of us and cannot know our table.
const PURGE_ORPHANS = statement<Record<never, never>>(
  `DELETE FROM filter_entry WHERE owner <> '' AND owner NOT IN (
    SELECT 'domain ' || name FROM domain WHERE domain.organization = filter_entry.organization
    UNION ALL SELECT 'account ' || id FROM account WHERE account.organization = filter_entry.organization)`,
)

/** Puts an entry on a list; one of the same owner, kind and value is replaced, whatever it did. `full`: that owner has too many. */
export const putEntry = write('filter.put_entry', function* (tx, entry: FilterEntry): Work<'put' | 'full'> {
  const place = { organization: entry.organization, owner: ownerText(entry.owner), key: entryKey(entry.kind, entry.value) }
  if (((yield* tx.one(COUNT, place))?.total ?? 0) >= MAX_ENTRIES) return 'full'
  yield* tx.run(PUT, { ...entry, ...place, comment: entry.comment.slice(0, MAX_COMMENT_CHARS), author: entry.author.slice(0, MAX_COMMENT_CHARS) })
  return 'put'
})

/** Puts an entry where there is none that holds: nobody's own entry is replaced by one that the program makes. */
export const putEntryIfNone = write('filter.put_entry_if_none', function* (tx, entry: FilterEntry): Work<'put' | 'there' | 'full'> {
  const place = { organization: entry.organization, owner: ownerText(entry.owner), key: entryKey(entry.kind, entry.value) }
  if ((yield* tx.one(HOLDS, { ...place, nowMs: entry.createdMs })) !== null) return 'there'
  if (((yield* tx.one(COUNT, place))?.total ?? 0) >= MAX_ENTRIES) return 'full'
  yield* tx.run(PUT, { ...entry, ...place })
  return 'put'
})

/** Which entry is meant. */
export interface EntryPlace {
  readonly organization: OrganizationId | ''
  readonly owner: EntryOwner
  readonly kind: EntryKind
  readonly value: string
  readonly list: EntryList
}

/** Takes an entry off a list. False when it is not there. */
export const removeEntry = write('filter.remove_entry', function* (tx, { organization, owner, kind, value, list }: EntryPlace): Work<boolean> {
  return (yield* tx.run(REMOVE, { organization, owner: ownerText(owner), key: entryKey(kind, value), list })) > 0
})

/** Writes down how often entries decided. Those that are gone are passed over. */
export const countHits = write('filter.count_hits', function* (tx, { hits }: { readonly hits: readonly EntryHits[] }): Work<void> {
  // In order of id, so that two of them at once do not wait for each other.
  for (const { id, count, atMs } of hits.toSorted((a, b) => (a.id < b.id ? -1 : 1))) yield* tx.run(HIT, { id, count, atMs })
})

/** Forgets entries whose time is over, and those whose domain or account is gone: they name people. */
export const purgeEntries = write('filter.purge_entries', function* (tx, { nowMs }: { readonly nowMs: number }): Work<number> {
  return (yield* tx.run(PURGE, { nowMs })) + (yield* tx.run(PURGE_ORPHANS, {}))
})

/** The entries that hold for a recipient and could match the facts; at most 500. */
export async function entriesFor(db: Database, holder: EntryHolder, facts: EntryFacts, nowMs: number): Promise<readonly FilterEntry[]> {
  return (await db.all(HOLDING, { ...ownersOf(holder), keys: JSON.stringify(entryKeys(facts)), nowMs })).map(toEntry)
}

/** Entries as the checks ask for them. */
export function entryStore(db: Database): EntryStore {
  return {
    any: async () => (await db.one(ANY, {})) !== null,
    anyFor: async (holder) => (await db.one(ANY_FOR, ownersOf(holder))) !== null,
    matching: (holder, facts, nowMs) => entriesFor(db, holder, facts, nowMs),
  }
}

function ownersOf({ organization, domain, account }: EntryHolder): { readonly organization: string; readonly domain: string; readonly account: string } {
  const domainOwner = ownerText({ kind: 'domain', domain })
  return { organization, domain: domainOwner, account: account === null ? domainOwner : ownerText({ kind: 'account', account }) }
}

/** At most 500 entries of an organization (the platform's with ''), in order of owner, kind and value; `after` is the last one of the page before, null begins. */
export async function entriesAfter(db: Database, organization: OrganizationId | '', list: EntryList, after: FilterEntry | null): Promise<readonly FilterEntry[]> {
  const owner = after === null ? '' : ownerText(after.owner)
  const key = after === null ? '' : entryKey(after.kind, after.value)
  return (await db.all(LIST, { organization, owner, key, list })).map(toEntry)
}

function ownerText(owner: EntryOwner): string {
  switch (owner.kind) {
    case 'platform':
      return ''
    case 'domain':
      return `domain ${owner.domain}`
    case 'account':
      return `account ${owner.account}`
  }
}

function toEntry(row: Row): FilterEntry {
  const space = row.key.indexOf(' ')
  return {
    id: row.id,
    organization: row.organization,
    owner: toOwner(row.owner),
    kind: row.key.slice(0, space) as EntryKind, // Written by `putEntry` only.
    value: row.key.slice(space + 1),
    action: row.action,
    comment: row.comment,
    author: row.author,
    createdMs: row.created_ms,
    expiresMs: row.expires_ms,
    hits: row.hits,
    hitMs: row.hit_ms,
  }
}

function toOwner(text: string): EntryOwner {
  if (text === '') return { kind: 'platform' }
  const name = text.slice(text.indexOf(' ') + 1)
  return text.startsWith('domain ') ? { kind: 'domain', domain: name } : { kind: 'account', account: name }
}
