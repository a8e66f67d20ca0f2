import type { AccountId, Domain, MailboxId, OrganizationId } from '../../base/brand.ts'
import { makeId } from '../../base/ids.ts'
import { OPERATOR } from '../../base/operator.ts'
import { setPassword } from '../../core/access/sql-credential.ts'
import { apiKeysAfter, createApiKey } from '../../core/access/sql-api-key.ts'
import type { Account } from '../../core/account/account.ts'
import { accountByLogin } from '../../core/account/sql.ts'
import { makeDkimKeys } from '../../core/domain/dkim.ts'
import { createDomain } from '../../core/domain/sql.ts'
import { addDkimKeys, dkimKeysOf } from '../../core/domain/sql-dkim.ts'
import { createAccount, defaultMailboxIds } from '../../core/mailbox/sql-provision.ts'
import { createMailboxes, grantMailbox } from '../../core/mailbox/sql-tree.ts'
import { createOrganization, organizationNamed } from '../../core/organization/sql.ts'
import type { Database } from '../../infra/db/database.ts'

/** The demo's domain. `.test` is nobody's: RFC 6761 §6.2. */
export const DEMO_DOMAIN = 'merpati.test' as Domain
/** The password of every demo account: known to all, which is why the demo listens on loopback only. */
export const DEMO_PASSWORD = 'merpati'

const ORGANIZATION = 'Merpati demo'

const PEOPLE: readonly { readonly local: string; readonly name: string; readonly role: Account['role']; readonly locale: string }[] = [
  { local: 'ani', name: 'Ani Wijaya', role: 'member', locale: 'id' },
  { local: 'budi', name: 'Budi Santoso', role: 'member', locale: 'id' },
  { local: 'admin', name: 'Administrator', role: 'admin', locale: 'en' },
]

/** All rights of RFC 4314 that a member of a team needs: everything but administering. */
const TEAM_RIGHTS = 'lrswipktxe'

/**
 * Makes organization, domain, accounts and the shared mailbox, as far as they are missing. True when this is the first
 * start: none before it has come as far as `renewDemoKey`, so that a start that was cut off is made good by the next.
 */
export async function ensurePeople(db: Database, nowMs: number): Promise<boolean> {
  const organization = await ensureOrganization(db, nowMs)
  await ensureDkimKeys(db, organization, nowMs)
  if ((await apiKeysAfter(db, organization, '')).length > 0) return false
  await db.write(createDomain, { id: makeId('d', nowMs), name: DEMO_DOMAIN, organization, subaddress: '+', aliasOf: null, nowMs, history: 'elsewhere' })
  const accounts = await Promise.all(PEOPLE.map((person) => ensureAccount(db, organization, person, nowMs)))
  const [ani, budi] = accounts
  if (ani !== undefined && budi !== undefined) await shareMailbox(db, budi, ani, nowMs)
  return true
}

/** A new test key, whose text is shown once; earlier demo keys stop working. */
export async function renewDemoKey(db: Database, nowMs: number): Promise<string> {
  const organization = await organizationNamed(db, ORGANIZATION)
  if (organization === null) throw new Error('the demo organization is missing')
  const made = await createApiKey(db, { organization: organization.id, name: 'demo', mode: 'test', scopes: ['send', 'read', 'admin', OPERATOR], others: 'revoke', nowMs })
  if (made === null) throw new Error('the demo organization has too many keys') // Its own earlier ones were revoked with it.
  return made.key
}

async function ensureOrganization(db: Database, nowMs: number): Promise<OrganizationId> {
  const there = await organizationNamed(db, ORGANIZATION)
  if (there !== null) return there.id
  const id = makeId('o', nowMs) as OrganizationId
  await db.write(createOrganization, { id, name: ORGANIZATION, locale: 'id', nowMs })
  return id
}

async function ensureDkimKeys(db: Database, organization: OrganizationId, nowMs: number): Promise<void> {
  if ((await dkimKeysOf(db, organization, DEMO_DOMAIN)).length > 0) return
  await db.write(addDkimKeys, { organization, domain: DEMO_DOMAIN, keys: await makeDkimKeys(nowMs, nowMs) })
}

async function ensureAccount(db: Database, organization: OrganizationId, person: (typeof PEOPLE)[number], nowMs: number): Promise<AccountId> {
  const login = `${person.local}@${DEMO_DOMAIN}`
  const there = await accountByLogin(db, login)
  if (there !== null) {
    await setPassword(db, there.id, DEMO_PASSWORD, nowMs) // The start that made it may not have come so far.
    return there.id
  }
  const id = makeId('a', nowMs) as AccountId
  const mailboxes = defaultMailboxIds(nowMs)
  const { name, role, locale } = person
  const inbox = mailboxes[0] as MailboxId // The first is the inbox, by contract.
  await db.write(createAccount, {
    account: { id, organization, login, name, role, locale, quotaBytes: null, inbox, nowMs },
    address: { domain: DEMO_DOMAIN, local: person.local },
    mailboxes,
  })
  await setPassword(db, id, DEMO_PASSWORD, nowMs)
  return id
}

async function shareMailbox(db: Database, owner: AccountId, grantee: AccountId, nowMs: number): Promise<void> {
  const mailbox = makeId('b', nowMs) as MailboxId
  const made = await db.write(createMailboxes, { account: owner, mailboxes: [{ id: mailbox, parent: null, name: 'Tim', role: null, subscribed: true }], nowMs })
  if (made.kind === 'done') await db.write(grantMailbox, { account: owner, mailbox, grantee, rights: TEAM_RIGHTS, nowMs })
}
