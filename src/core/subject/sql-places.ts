import { type Dialect, type Params, type Statement, statement, type Value } from '../../infra/db/statement.ts'
import { ROWS_A_STEP } from './limits.ts'

/** A table that may hold addresses of subjects, and what an erasure does to a row that does. */
export interface Place {
  readonly table: string
  /** The columns that its rows are told apart by, within those of an organization. */
  readonly key: readonly string[]
  /** Whose rows: those of the organization, nobody's in particular, or those that have an owner mostly and of which it is not known. */
  readonly whose: 'organization' | 'nobody' | 'unknown'
  /** Columns of text, or of bytes, that are looked at. */
  readonly texts: readonly string[]
  /** Further columns that an export tells. */
  readonly told?: readonly string[]
  /** `rewrite`: the address becomes a stand-in. `remove`: the row goes. */
  readonly how: 'rewrite' | 'remove'
  /** Rows in which this column is the address and nothing else are dealt with elsewhere. */
  readonly except?: string
  /** A column that names a message, whose bytes the row holds: it lets go of them. */
  readonly holds?: string
  /** Where the table is there, or has this key; both when it is missing. */
  readonly on?: 'sqlite' | 'postgres'
  /** Columns of the key that are numbers. */
  readonly numbers?: readonly string[]
}

/** All of them, in the order of a pass. Deliveries to the subject and its entries of the suppression list are gone before: they are more than text. */
export const PLACES: readonly Place[] = [
  { table: 'delivery', key: ['id'], whose: 'organization', texts: ['sender', 'recipient', 'envelope', 'last_reply', 'held_for'], how: 'rewrite', except: 'recipient' },
  { table: 'event', key: ['id'], whose: 'organization', texts: ['data'], how: 'rewrite', numbers: ['id'] },
  { table: 'sent', key: ['id'], whose: 'organization', texts: ['head'], how: 'remove' },
  { table: 'idempotency', key: ['key'], whose: 'organization', texts: ['key', 'answer'], how: 'rewrite' },
  { table: 'tracked', key: ['message'], whose: 'organization', texts: ['content'], how: 'rewrite' },
  { table: 'suppression_strike', key: ['address', 'category', 'delivery'], whose: 'organization', texts: ['address'], how: 'remove' },
  { table: 'suppression', key: ['address', 'scope'], whose: 'organization', texts: ['reason'], how: 'rewrite' },
  {
    ...{ table: 'consent', key: ['id'], whose: 'organization', texts: ['address'], how: 'remove' },
    told: ['stream', 'source', 'wording', 'version', 'client', 'proof', 'given_ms', 'recorded_ms', 'withdrawn_ms', 'withdrawn_by'],
  },
  // Somebody else's consent, which may name the subject, stays a proof.
  { table: 'consent', key: ['id'], whose: 'organization', texts: ['source', 'wording', 'version', 'proof'], how: 'rewrite' },
  { table: 'returned', key: ['id'], whose: 'organization', texts: ['head'], how: 'remove' },
  // Complaints that name no delivery.
  { table: 'returned', key: ['id'], whose: 'unknown', texts: ['head'], how: 'remove' },
  { table: 'webhook_call', key: ['endpoint', 'id'], whose: 'organization', texts: ['body'], how: 'rewrite', holds: 'message' },
  { table: 'webhook_attempt', key: ['endpoint', 'call', 'number'], whose: 'organization', texts: ['error', 'response'], how: 'rewrite', numbers: ['number'] },
  { table: 'audit_log', key: ['id'], whose: 'organization', texts: ['object', 'asked', 'before', 'after'], how: 'rewrite' },
  { table: 'sandbox_recipient', key: ['address'], whose: 'organization', texts: ['address'], how: 'remove' },
  { table: 'invitation', key: ['id'], whose: 'organization', texts: ['login'], how: 'remove', told: ['role', 'created_ms'] },
  { table: 'filter_entry', key: ['owner', 'key'], whose: 'organization', texts: ['key', 'comment'], how: 'remove' },
  // Answers of writes, in case they are asked again within seconds. They are nobody's.
  { table: 'applied', key: ['batch'], whose: 'nobody', texts: ['answers'], how: 'rewrite', on: 'sqlite', numbers: ['batch'] },
  { table: 'applied', key: ['id'], whose: 'nobody', texts: ['answer'], how: 'rewrite', on: 'postgres' },
  { table: 'callout', key: ['address'], whose: 'nobody', texts: ['address'], how: 'remove' },
  // What a provider said when it set off a rule, as versions before 0.1.0 kept it, and what somebody wrote who stopped a site.
  { table: 'shaping', key: ['key', 'name'], whose: 'nobody', texts: ['state'], how: 'rewrite' },
]

/** Tables that hold no address of a subject, or none that is an organization's to erase, and why. With `PLACES` this is the whole schema: a test compares. */
export const NO_PLACES: Readonly<Record<string, string>> = {
  absent_domain: 'of domains',
  account: 'people with mailboxes here: an account is removed, not erased',
  acme_account: 'ours',
  acme_challenge: 'ours',
  alert: 'of streams, providers, sources, webhooks and accounts',
  address: 'of accounts and aliases here',
  api_key: 'names that the organization chose',
  bayes_change: 'hashes',
  bayes_scope: 'counts',
  bayes_token: 'hashes',
  bayes_vote: "what accounts said of their mail: the account owner's",
  bayes_voter: 'ids',
  certificate: 'ours',
  certificate_try: 'ours',
  containment: 'of accounts',
  credential: 'of accounts',
  dkim_key: 'of domains',
  dmarc_policy: 'of domains',
  dmarc_seen: 'of domains',
  domain: 'of domains',
  domain_claim: 'of domains',
  domain_look: 'of domains',
  email: "mail in mailboxes: the account owner's",
  event_cursor: 'positions',
  filter_threshold: 'numbers',
  greylist: 'hashes',
  greylist_known: 'networks and domains',
  inbound_route: 'addresses of accounts and programs here',
  lease: 'ids',
  linked_identity: 'of accounts',
  login_refused: 'counts',
  mail_seen: 'hashes',
  mailbox: 'of accounts',
  mailbox_grant: 'of accounts',
  membership: 'of accounts',
  message: 'goes with the deliveries to the subject, and its bytes when they name him, unless it lies in a mailbox',
  migration: 'ours',
  migration_stats: 'ours',
  one_time: 'ends by itself within days',
  organization: 'names',
  passkey: 'of accounts',
  placement: 'numbers',
  plan: 'numbers',
  pool: 'ours',
  pool_source: 'ours',
  recovery_code: 'hashes',
  relay_domain: 'of domains',
  relay_recipient: 'addresses that the owner of a domain has said there are',
  report_received: 'counts by network',
  report_sent: 'of domains',
  retention: 'numbers',
  retention_sweep: 'positions',
  segment_home: 'ours',
  send_bulk: 'of accounts',
  send_domain: 'domains',
  send_hour: 'counts',
  send_memory: 'of accounts',
  send_seen: 'hashes',
  session: 'of accounts',
  source: 'ours',
  stats_count: 'counts; a tag is a word of the sender, never an address',
  stats_cursor: 'positions',
  stats_kept: 'counts, domains and tags',
  stats_life: 'ids',
  stats_line: 'counts, domains and tags',
  stats_names: 'domains and tags',
  stats_rebuild: 'a number',
  stream: 'words that the organization chose',
  stream_standing: 'of streams',
  sts_policy: 'of domains',
  subject_erasure: 'forgets the address when it is done',
  subject_key: 'a key',
  template: 'words that the organization chose',
  template_version: 'words that the organization chose',
  thread_key: 'hashes',
  tls_result: 'of domains',
  totp: 'of accounts',
  trace_key: 'forgotten in each pass: it may lie in a file of its own',
  tracked_hit: 'counts, by the place in the list of recipients',
  transport: 'of domains',
  usage_count: 'counts',
  webhook: 'addresses of programs',
}

/** A row of a place: its key and its texts. */
export type PlaceRow = Readonly<Record<string, Value>>

/** The statements of a place. Parameters: `organization`, `k0`, `k1` ... for the key, `t0`, `t1` ... for texts. */
export interface PlaceStatements {
  /** The next rows after a key, in order of the key. */
  readonly next: Statement<Params, PlaceRow>
  /** One row, which nobody else changes meanwhile. */
  readonly get: Statement<Params, PlaceRow>
  readonly put: Statement<Params, never>
  readonly remove: Statement<Params, never>
}

/** Those of each place, in their order. */
export const STATEMENTS: readonly PlaceStatements[] = PLACES.map(({ table, key, whose, texts, told = [], holds }) => {
  const own = { organization: 'organization = $organization AND ', unknown: "organization = '' AND ", nobody: '' }[whose]
  const columns = [...key, ...texts.filter((text) => !key.includes(text)), ...told, ...(holds === undefined ? [] : [holds])].join(', ')
  const changed = [...texts.map((name, at) => `${name} = $t${at}`), ...(holds === undefined ? [] : [`${holds} = NULL`])].join(', ')
  const one = `${own}${key.map((name, at) => `${name} = $k${at}`).join(' AND ')}`
  const get = `SELECT ${columns} FROM ${table} WHERE ${one}`
  const after = `(${key.join(', ')}) > (${key.map((_, at) => `$k${at}`).join(', ')})`
  return {
    next: statement(`SELECT ${columns} FROM ${table} WHERE ${own}${after} ORDER BY ${key.join(', ')} LIMIT ${ROWS_A_STEP}`),
    get: statement({ sqlite: get, postgres: `${get} FOR UPDATE` }),
    put: statement(`UPDATE ${table} SET ${changed} WHERE ${one}`),
    remove: statement(`DELETE FROM ${table} WHERE ${one}`),
  }
})

/** The places that a database has, by their numbers. */
export function placesOn(dialect: Dialect): readonly number[] {
  return PLACES.flatMap(({ on = dialect }, at) => (on === dialect ? [at] : []))
}

/** A text of a row, as it is looked through: of bytes each is a letter. */
export function textIn(row: PlaceRow, column: string): string {
  const value = row[column]
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1') : String(value ?? '')
}

/** The parameters that a key is given as. */
export function keyParams(key: readonly (string | number)[]): Readonly<Record<string, string | number>> {
  return Object.fromEntries(key.map((value, at) => [`k${at}`, value]))
}

/** The key of a row. */
export function keyOf({ key }: Place, row: PlaceRow): readonly (string | number)[] {
  return key.map((name) => row[name] as string | number) // Keys are never null, and never bytes.
}

/** Where a pass over a place begins. */
export function beginningOf({ key, numbers = [] }: Place): readonly (string | number)[] {
  return key.map((name) => (numbers.includes(name) ? -1 : ''))
}
