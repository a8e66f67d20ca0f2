import type { OrganizationId } from '../../base/brand.ts'
import type { Result } from '../../base/result.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { PAGE } from './limits.ts'
import { checkChoice, checkDays, type Days, daysFor, type Kind, KINDS, type Own, type Terms } from './terms.ts'

interface Row {
  readonly organization: OrganizationId
  readonly kind: string
  readonly days: number | null
  readonly most_days: number | null
}

const COLUMNS = 'organization, kind, days, most_days'
const OF = statement<{ organization: string }, Row>(`SELECT ${COLUMNS} FROM retention WHERE organization = $organization LIMIT 100`)
const AFTER = statement<{ organization: string; kind: string }, Row>(
  `SELECT ${COLUMNS} FROM retention WHERE (organization, kind) > ($organization, $kind) ORDER BY organization, kind LIMIT ${PAGE}`,
)
const PUT = statement<{ organization: string; kind: string; days: number | null; mostDays: number | null }>(
  `INSERT INTO retention (organization, kind, days, most_days) VALUES ($organization, $kind, $days, $mostDays)
  ON CONFLICT (organization, kind) DO UPDATE SET days = excluded.days, most_days = excluded.most_days`,
)
const REMOVE = statement<{ organization: string; kind: string }>('DELETE FROM retention WHERE organization = $organization AND kind = $kind')

const NEITHER: Own = { days: null, mostDays: null }

/** What somebody wants changed of an organization's times; null takes one back. */
export type Wishes = Readonly<Partial<Record<Kind, number | null | undefined>>>

/** Why a time was refused. Nothing was changed then. */
export interface Fault {
  readonly kind: Kind
  readonly message: string
}

/** Lets an organization choose times, all or none, within what operators allow it. */
export const chooseDays = write('retention.choose', function* (tx, { organization, wishes, system }: { readonly organization: OrganizationId; readonly wishes: Wishes; readonly system: Days }): Work<readonly Fault[]> {
  const own = yield* ownIn(tx, organization)
  const faults = faultsOf(wishes, (kind, days) => checkChoice(kind, days, own[kind], system[kind]))
  if (faults.length > 0) return faults
  for (const kind of KINDS) if (wishes[kind] !== undefined) yield* put(tx, organization, kind, { ...own[kind], days: wishes[kind] })
  return []
})

/** Lets an operator allow an organization other times than the system's, all or none. */
export const allowDays = write('retention.allow', function* (tx, { organization, wishes }: { readonly organization: OrganizationId; readonly wishes: Wishes }): Work<readonly Fault[]> {
  const faults = faultsOf(wishes, checkDays)
  if (faults.length > 0) return faults
  const own = yield* ownIn(tx, organization)
  for (const kind of KINDS) if (wishes[kind] !== undefined) yield* put(tx, organization, kind, { ...own[kind], mostDays: wishes[kind] })
  return []
})

function faultsOf(wishes: Wishes, check: (kind: Kind, days: number) => Result<number, string>): readonly Fault[] {
  return KINDS.flatMap((kind) => {
    const days = wishes[kind] ?? null
    const checked = days === null ? null : check(kind, days)
    return checked === null || checked.ok ? [] : [{ kind, message: checked.error }]
  })
}

type AllOwn = Readonly<Record<Kind, Own>>

function* ownIn(tx: Tx, organization: OrganizationId): Work<AllOwn> {
  return toAll(yield* tx.all(OF, { organization }))
}

function* put(tx: Tx, organization: OrganizationId, kind: Kind, { days, mostDays }: Own): Work<void> {
  if (days === null && mostDays === null) yield* tx.run(REMOVE, { organization, kind })
  else yield* tx.run(PUT, { organization, kind, days, mostDays })
}

/** What an organization has chosen, and what operators have allowed it. */
export async function ownDays(db: Database, organization: OrganizationId): Promise<AllOwn> {
  return toAll(await db.all(OF, { organization }))
}

function toAll(rows: readonly Row[]): AllOwn {
  const found = new Map(rows.map(({ kind, days, most_days: mostDays }) => [kind, { days, mostDays }]))
  return Object.fromEntries(KINDS.map((kind) => [kind, found.get(kind) ?? NEITHER])) as AllOwn
}

/** What holds for everybody, now. */
export async function readTerms(db: Database, system: Days): Promise<Terms> {
  const rows: Row[] = []
  for (let page = await db.all(AFTER, { organization: '', kind: '' }); ; ) {
    rows.push(...page)
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) break
    page = await db.all(AFTER, { organization: last.organization, kind: last.kind })
  }
  const own = [...Map.groupBy(rows, ({ organization }) => organization)].map(([organization, theirs]) => {
    const all = toAll(theirs)
    return [organization, Object.fromEntries(KINDS.map((kind) => [kind, daysFor(all[kind], system[kind])])) as Days] as const
  })
  return { system, own: new Map(own) }
}
