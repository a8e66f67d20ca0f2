import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import type { Judgement } from '../../mailbox/judged.ts'
import type { LearnedStore } from './learned.ts'
import { MAX_CHANGES, MAX_MARKS } from './limits.ts'
import { unpackTokens } from './pack.ts'
import type { Scope } from './sql-counts.ts'
import { TokenTable } from './token-table.ts'

/** Rows read at once. */
const CHUNK = 500

/** How often a scope is read anew that changed meanwhile. */
const MAX_TRIES = 3

type From = Scope & { readonly high: number; readonly low: number }

interface TokenRow {
  readonly high: number
  readonly low: number
  readonly spam: number
  readonly ham: number
}

const OF = 'organization = $organization AND account = $account'
const SCOPE = statement<Scope, { spam: number; ham: number; revision: number }>(`SELECT spam, ham, revision FROM bayes_scope WHERE ${OF}`)
// Tokens come in halves, since a number holds 53 bits; the high half is signed.
const HALVES = `SELECT token >> 32 AS high, token & 4294967295 AS low, spam, ham FROM bayes_token WHERE ${OF}`
const FIRST = statement<Scope, TokenRow>(`${HALVES} ORDER BY token LIMIT ${CHUNK}`)
const NEXT = statement<From, TokenRow>({
  sqlite: `${HALVES} AND token > (($high << 32) | $low) ORDER BY token LIMIT ${CHUNK}`,
  postgres: `${HALVES} AND token > (($high::bigint << 32) | $low::bigint) ORDER BY token LIMIT ${CHUNK}`,
})
const CHANGES = statement<Scope & { revision: number }, { revision: number; spam: number; ham: number; tokens: Uint8Array }>(
  `SELECT revision, spam, ham, tokens FROM bayes_change WHERE ${OF} AND revision > $revision ORDER BY revision LIMIT ${MAX_CHANGES}`,
)
const MARKS = statement<Scope & { sinceMs: number }, { said: Judgement; sender: string; domain: string | null; signature: string; at_ms: number }>(
  `SELECT said, sender, domain, signature, at_ms FROM bayes_vote WHERE ${OF} AND at_ms >= $sinceMs ORDER BY at_ms DESC, message LIMIT ${MAX_MARKS}`,
)

/** What the database knows of scopes, for the copies in memory. */
export function sqlLearned(db: Database): LearnedStore {
  return {
    revision: async (scope) => (await db.one(SCOPE, scope))?.revision ?? 0,
    async changes(scope, revision) {
      const rows = await db.all(CHANGES, { ...scope, revision })
      return rows.map(({ tokens, ...row }) => ({ ...row, tokens: unpackTokens(tokens) }))
    },
    async marks(scope, sinceMs) {
      const rows = await db.all(MARKS, { ...scope, sinceMs })
      return rows.map(({ said, sender, domain, signature, at_ms }) => ({ said, sender: { address: sender, domain }, signature, atMs: at_ms }))
    },
    async table(scope, units) {
      for (let tries = 1; ; tries++) {
        const before = await db.one(SCOPE, scope)
        const table = await read(db, scope, units)
        table.addMessages((before?.spam ?? 0) / units, (before?.ham ?? 0) / units)
        const revision = before?.revision ?? 0
        // Half a million rows are read in many pieces. A scope that changes all the while is taken as it is: a message may count twice in the copy until it is read anew.
        if (tries === MAX_TRIES || ((await db.one(SCOPE, scope))?.revision ?? 0) === revision) return { table, revision }
      }
    },
  }
}

async function read(db: Database, scope: Scope, units: number): Promise<TokenTable> {
  const table = new TokenTable()
  for (let rows = await db.all(FIRST, scope); ; ) {
    for (const { high, low, spam, ham } of rows) table.add(high >>> 0, low, spam / units, ham / units)
    const last = rows.at(-1)
    if (last === undefined || rows.length < CHUNK) return table
    rows = await db.all(NEXT, { ...scope, high: last.high, low: last.low })
  }
}
