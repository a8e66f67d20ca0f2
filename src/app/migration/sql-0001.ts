import type { Migration } from '../../infra/db/migrate.ts'
import { EVENT_CURSOR, TRACE_KEY } from './sql-trace.ts'

/** Tenants, and who logs in. `locale` is the language of what we write to them. */
const PEOPLE = [
  `CREATE TABLE organization (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    locale TEXT NOT NULL,
    created_ms INT NOT NULL
  ) WITHOUT ROWID`,
  // 'account.modseq' counts every change of the account's mail; the state of a type is the modseq of that type's last change.
  `CREATE TABLE account (
    id TEXT NOT NULL PRIMARY KEY,
    organization TEXT NOT NULL,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    state TEXT NOT NULL,
    locale TEXT NOT NULL,
    quota_bytes INT,
    used_bytes INT NOT NULL,
    used_emails INT NOT NULL,
    modseq INT NOT NULL,
    email_modseq INT NOT NULL,
    mailbox_modseq INT NOT NULL,
    thread_modseq INT NOT NULL,
    inbox TEXT NOT NULL,
    credential_version INT NOT NULL,
    created_ms INT NOT NULL
  ) WITHOUT ROWID`,
  'CREATE INDEX account_by_organization ON account (organization, id)',
  `CREATE TABLE credential (
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    secret TEXT NOT NULL,
    scram_salt TEXT,
    scram_iterations INT,
    scram_stored_key TEXT,
    scram_server_key TEXT,
    created_ms INT NOT NULL,
    used_ms INT,
    expires_ms INT,
    PRIMARY KEY (account, id)
  ) WITHOUT ROWID`,
  `CREATE TABLE api_key (
    organization TEXT NOT NULL,
    id TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    mode TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_ms INT NOT NULL,
    used_ms INT,
    revoked_ms INT,
    PRIMARY KEY (organization, id)
  ) WITHOUT ROWID`,
]

/** Where an address leads. `local` is folded (NFC, lower-case); '' stands for the catch-all of a domain. */
const ROUTES = [
  `CREATE TABLE domain (
    name TEXT NOT NULL PRIMARY KEY,
    organization TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    subaddress TEXT NOT NULL,
    locale TEXT,
    alias_of TEXT,
    created_ms INT NOT NULL
  ) WITHOUT ROWID`,
  'CREATE INDEX domain_by_organization ON domain (organization, name)',
  `CREATE TABLE address (
    domain TEXT NOT NULL,
    local TEXT NOT NULL,
    organization TEXT NOT NULL,
    kind TEXT NOT NULL,
    account TEXT,
    targets TEXT NOT NULL,
    created_ms INT NOT NULL,
    PRIMARY KEY (domain, local)
  ) WITHOUT ROWID`,
  'CREATE INDEX address_by_account ON address (account, domain, local)',
]

/** Mail at rest. One `message` for its bytes, however many emails show it; an email is in mailboxes by memberships. */
const MAIL = [
  // 'refs' counts emails and deliveries that need the bytes. Small bytes stand last in the row, large ones in a segment.
  `CREATE TABLE message (
    id TEXT NOT NULL PRIMARY KEY,
    organization TEXT NOT NULL,
    size INT NOT NULL,
    digest BYTES NOT NULL,
    refs INT NOT NULL,
    created_ms INT NOT NULL,
    segment TEXT,
    segment_offset INT,
    segment_length INT,
    bytes BYTES
  ) WITHOUT ROWID`,
  'CREATE INDEX message_by_segment ON message (segment, segment_offset) WHERE segment IS NOT NULL',
  // 'changed_modseq' is the last change of a message that was there already, so that a reader who only misses arrivals need not
  // look at the rest. 'forgotten_modseq' is the latest expunge whose tombstone is gone.
  `CREATE TABLE mailbox (
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    parent TEXT,
    name TEXT NOT NULL,
    role TEXT,
    subscribed INT NOT NULL,
    uidvalidity INT NOT NULL,
    uidnext INT NOT NULL,
    highest_modseq INT NOT NULL,
    total INT NOT NULL,
    unseen INT NOT NULL,
    deleted INT NOT NULL,
    size INT NOT NULL,
    keywords TEXT NOT NULL,
    changed_modseq INT NOT NULL,
    forgotten_modseq INT NOT NULL,
    modseq INT NOT NULL,
    created_modseq INT NOT NULL,
    destroyed_modseq INT,
    created_ms INT NOT NULL,
    PRIMARY KEY (account, id)
  ) WITHOUT ROWID`,
  `CREATE TABLE mailbox_grant (
    account TEXT NOT NULL,
    mailbox TEXT NOT NULL,
    grantee TEXT NOT NULL,
    rights TEXT NOT NULL,
    created_ms INT NOT NULL,
    PRIMARY KEY (account, mailbox, grantee)
  ) WITHOUT ROWID`,
  'CREATE INDEX mailbox_grant_by_grantee ON mailbox_grant (grantee, account, mailbox)',
  // 'live' counts memberships, 'kept' tombstones too: at 0 the row may go.
  // 'prefix' are headers we put in front, 'skips' ranges of the received bytes left out, 'structure' the MIME index of that view.
  `CREATE TABLE email (
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    message TEXT NOT NULL,
    thread TEXT NOT NULL,
    received_ms INT NOT NULL,
    size INT NOT NULL,
    live INT NOT NULL,
    kept INT NOT NULL,
    created_modseq INT NOT NULL,
    modseq INT NOT NULL,
    prefix BYTES NOT NULL,
    skips TEXT NOT NULL,
    structure TEXT NOT NULL,
    PRIMARY KEY (account, id)
  ) WITHOUT ROWID`,
  // Flags and keywords belong to the membership: docs/decision/003-keywords-per-membership.md.
  `CREATE TABLE membership (
    account TEXT NOT NULL,
    mailbox TEXT NOT NULL,
    uid INT NOT NULL,
    email TEXT NOT NULL,
    flags INT NOT NULL,
    keywords TEXT NOT NULL,
    size INT NOT NULL,
    modseq INT NOT NULL,
    created_modseq INT NOT NULL,
    saved_ms INT NOT NULL,
    expunged_modseq INT,
    expunged_ms INT,
    PRIMARY KEY (account, mailbox, uid)
  ) WITHOUT ROWID`,
  'CREATE INDEX membership_expunged ON membership (account, mailbox, expunged_modseq) WHERE expunged_modseq IS NOT NULL',
  // A thread is found by a hash of one Message-ID and the base subject.
  `CREATE TABLE thread_key (
    account TEXT NOT NULL,
    hash TEXT NOT NULL,
    thread TEXT NOT NULL,
    PRIMARY KEY (account, hash)
  ) WITHOUT ROWID`,
]

/** What is on its way, and what has happened. */
const FLOW = [
  `CREATE TABLE delivery (
    organization TEXT NOT NULL,
    id TEXT NOT NULL PRIMARY KEY,
    message TEXT NOT NULL,
    account TEXT,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    domain TEXT NOT NULL,
    route TEXT NOT NULL,
    stream TEXT NOT NULL,
    priority INT NOT NULL,
    site TEXT NOT NULL,
    lane TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INT NOT NULL,
    created_ms INT NOT NULL,
    due_ms INT NOT NULL,
    expires_ms INT NOT NULL,
    lease TEXT,
    lease_until_ms INT,
    settled_ms INT,
    envelope TEXT NOT NULL,
    last_reply TEXT,
    possible_duplicate INT NOT NULL
  ) WITHOUT ROWID`,
  "CREATE INDEX delivery_due ON delivery (lane, priority, due_ms, id) WHERE state = 'queued'",
  "CREATE INDEX delivery_leased ON delivery (lease_until_ms) WHERE state = 'leased'",
  'CREATE INDEX delivery_by_message ON delivery (message)',
  'CREATE INDEX delivery_by_organization ON delivery (organization, state, id)',
  `CREATE TABLE event (
    id SERIAL,
    COMMITTED_BY,
    at_ms INT NOT NULL,
    organization TEXT NOT NULL,
    account TEXT,
    message TEXT,
    delivery TEXT,
    type TEXT NOT NULL,
    version INT NOT NULL,
    data TEXT NOT NULL
  )`,
  { postgres: TRACE_KEY },
  // The folder where this database's segments lie: one row.
  {
    postgres: `CREATE TABLE segment_home (
    single INT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    place TEXT NOT NULL
  )`,
  },
  EVENT_CURSOR,
  // Work that one node does at a time: whoever holds the lease.
  `CREATE TABLE lease (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until_ms INT NOT NULL
  ) WITHOUT ROWID`,
]

/** The first schema. */
export const migration0001: Migration = { version: 1, name: 'first schema', statements: [...PEOPLE, ...ROUTES, ...MAIL, ...FLOW] }
