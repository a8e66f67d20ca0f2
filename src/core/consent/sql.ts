import type { OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { isBroadcast, type StreamName } from '../organization/stream/name.ts'
import { putSuppression } from '../suppression/sql.ts'
import { erasedNameOf } from '../suppression/sql-erased.ts'
import { foldAddress, type Scope, streamScope } from '../suppression/suppression.ts'
import type { Consent, NewConsent, Withdrawal } from './consent.ts'

/** Rows removed in one write. */
const CHUNK = 200

interface Row {
  readonly organization: OrganizationId
  readonly id: string
  readonly address: string
  readonly stream: StreamName
  readonly source: string
  readonly wording: string
  readonly version: string | null
  readonly client: string | null
  readonly proof: string | null
  readonly given_ms: number
  readonly recorded_ms: number
  readonly withdrawn_ms: number | null
  readonly withdrawn_by: Withdrawal | null
}

const COLUMNS = 'organization, id, address, stream, source, wording, version, client, proof, given_ms, recorded_ms, withdrawn_ms, withdrawn_by'

const INSERT = statement<{
  organization: string
  id: string
  address: string
  stream: string
  source: string
  wording: string
  version: string | null
  client: string | null
  proof: string | null
  givenMs: number
  recordedMs: number
  withdrawnMs: number | null
  withdrawnBy: string | null
}>(`INSERT INTO consent (${COLUMNS})
  VALUES ($organization, $id, $address, $stream, $source, $wording, $version, $client, $proof, $givenMs, $recordedMs, $withdrawnMs, $withdrawnBy)`)

// Whether it holds there or was removed does not matter: the recipient said so then.
const SAID_LATER = statement<{ organization: string; address: string; erased: string; scope: string; givenMs: number }, { category: Withdrawal; created_ms: number }>(
  `SELECT category, created_ms FROM suppression
  WHERE organization = $organization AND address IN ($address, $erased) AND category IN ('unsubscribe', 'complaint') AND scope IN ('all', 'broadcast', $scope) AND created_ms >= $givenMs
  ORDER BY created_ms LIMIT 1`,
)

const COMPLAINED = statement<{ organization: string; address: string; erased: string }, { category: string }>(
  `SELECT category FROM suppression
  WHERE organization = $organization AND address IN ($address, $erased) AND scope = 'broadcast' AND category = 'complaint' AND removed_ms IS NULL AND expires_ms IS NULL`,
)

// What goes to many is what these stop (core/bounce/suppress.ts), all of it or one stream, so consents to anything else go on.
const WITHDRAW = statement<{ organization: string; address: string; scope: string; by: string; atMs: number }>(
  `UPDATE consent SET withdrawn_ms = $atMs, withdrawn_by = $by
  WHERE organization = $organization AND address = $address AND given_ms <= $atMs AND withdrawn_ms IS NULL
    AND ('stream:' || stream = $scope OR ($scope = 'broadcast' AND (stream = 'broadcast' OR substr(stream, 1, 10) = 'broadcast.')))`,
)

const AFTER = statement<{ organization: string; after: string; limit: number }, Row>(
  `SELECT ${COLUMNS} FROM consent WHERE organization = $organization AND id > $after ORDER BY id LIMIT $limit`,
)

const BY_ID = statement<{ organization: string; id: string }, Row>(`SELECT ${COLUMNS} FROM consent WHERE organization = $organization AND id = $id`)

const OF_AFTER = statement<{ organization: string; address: string; after: string; limit: number }, Row>(
  `SELECT ${COLUMNS} FROM consent WHERE organization = $organization AND address = $address AND id > $after ORDER BY id LIMIT $limit`,
)

const PURGE = statement<{ beforeMs: number }>(
  `DELETE FROM consent WHERE (organization, id) IN (SELECT organization, id FROM consent WHERE withdrawn_ms < $beforeMs ORDER BY withdrawn_ms LIMIT ${CHUNK})`,
)

/** Writes a consent down. One to what goes to many that its giver has ended since, as the suppression list knows, is written down with its end. It takes nobody off that list. */
export const recordConsent = write('consent.record', function* (tx, consent: NewConsent): Work<Consent> {
  const { organization, address, givenMs } = consent
  const erased = yield* erasedNameOf(tx, address)
  const later = isBroadcast(consent.stream) ? yield* tx.one(SAID_LATER, { organization, address, erased, scope: streamScope(consent.stream), givenMs }) : null
  const made: Consent = { ...consent, withdrawnMs: later?.created_ms ?? null, withdrawnBy: later?.category ?? null }
  yield* keepConsent(tx, made)
  return made
})

/** Writes down a consent whose end is known, inside another write. */
export function* keepConsent(tx: Tx, consent: Consent): Work<void> {
  yield* tx.run(INSERT, consent)
}

/** Which consents end: those of an address to one stream, or to all that goes to many. */
export interface Ending {
  readonly organization: OrganizationId
  readonly address: string
  /** `broadcast` when it is missing. */
  readonly scope?: Exclude<Scope, 'all'>
  readonly by: Withdrawal
  readonly atMs: number
}

/** Ends an address's consents to what goes to many, inside the write that stops that mail. What was given after `atMs` goes on. Returns how many ended. */
export function* withdrawConsents(tx: Tx, { address, scope = 'broadcast', ...args }: Ending): Work<number> {
  return yield* tx.run(WITHDRAW, { ...args, scope, address: foldAddress(address) })
}

/** Somebody who told a person that he wants no more of what goes to many. */
export interface Asked {
  readonly organization: OrganizationId
  /** Folded. */
  readonly address: string
  /** How he said it. */
  readonly reason: string
  readonly nowMs: number
}

/** Ends an address's consents to what goes to many, and stops that mail, as when its owner had unsubscribed himself. Returns how many consents ended. */
export const withdraw = write('consent.withdraw', function* (tx, { organization, address, reason, nowMs }: Asked): Work<number> {
  const complained = yield* tx.one(COMPLAINED, { organization, address, erased: yield* erasedNameOf(tx, address) })
  // A complaint stops the same mail, and is not taken off the list as easily: it stays.
  if (complained === null) yield* putSuppression(tx, { organization, address, scope: 'broadcast', category: 'unsubscribe', reason, delivery: null, createdMs: nowMs, expiresMs: null, lockedMs: null })
  return yield* withdrawConsents(tx, { organization, address, by: 'request', atMs: nowMs })
})

/** Which records are meant: those of an organization, of one address or all. */
export interface ConsentsAsked {
  readonly organization: OrganizationId
  /** Null for all. */
  readonly address: string | null
  /** The id of the last one of the page before; '' begins. */
  readonly after: string
  readonly limit: number
}

/** Records in the order in which they were written down. */
export async function consentsAfter(db: Database, { organization, address, after, limit }: ConsentsAsked): Promise<readonly Consent[]> {
  const rows = address === null ? await db.all(AFTER, { organization, after, limit }) : await db.all(OF_AFTER, { organization, address: foldAddress(address), after, limit })
  return rows.map(toConsent)
}

/** The record of that id; null when the organization has none. */
export async function consentById(db: Database, organization: OrganizationId, id: string): Promise<Consent | null> {
  const row = await db.one(BY_ID, { organization, id })
  return row === null ? null : toConsent(row)
}

function toConsent({ given_ms: givenMs, recorded_ms: recordedMs, withdrawn_ms: withdrawnMs, withdrawn_by: withdrawnBy, ...row }: Row): Consent {
  return { ...row, givenMs, recordedMs, withdrawnMs, withdrawnBy }
}

/** Forgets what was withdrawn long ago. Returns how many; call again until 0. */
export const purgeConsents = write('consent.purge', function* (tx, { beforeMs }: { readonly beforeMs: number }): Work<number> {
  return yield* tx.run(PURGE, { beforeMs })
})
