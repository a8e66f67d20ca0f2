import type { AccountId, Domain, EmailId, MailboxId, MessageId, OrganizationId, ThreadId } from '../../src/base/brand.ts'
import { makeId } from '../../src/base/ids.ts'
import { createDomain } from '../../src/core/domain/sql.ts'
import { DEFAULT_MAILBOXES, createAccount } from '../../src/core/mailbox/sql-provision.ts'
import type { NewEmail, NewMessage } from '../../src/core/mailbox/mailbox.ts'
import { createOrganization } from '../../src/core/organization/sql.ts'
import type { Database } from '../../src/infra/db/database.ts'

/** The test's now: writes take it as an argument. */
export const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5)

let made = 0

/** A person with an account and default mailboxes. `boxes` follows `DEFAULT_MAILBOXES`: the first is the inbox. */
export interface Person {
  readonly organization: OrganizationId
  readonly account: AccountId
  readonly inbox: MailboxId
  readonly boxes: readonly MailboxId[]
}

/** Makes an organization with the domain `home.example`. */
export async function makeHome(db: Database): Promise<OrganizationId> {
  const id = makeId('o', NOW_MS) as OrganizationId
  await db.write(createOrganization, { id, name: 'Home', locale: 'en', nowMs: NOW_MS })
  await db.write(createDomain, {
    id: makeId('d', NOW_MS),
    name: 'home.example' as Domain,
    organization: id,
    subaddress: '+',
    aliasOf: null,
    nowMs: NOW_MS,
  })
  return id
}

/** Makes an account `local@home.example`. */
export async function makePerson(db: Database, organization: OrganizationId, local: string, quotaBytes: number | null = null): Promise<Person> {
  made += 1
  const account = makeId('a', NOW_MS + made) as AccountId // Ids of later people sort after those of earlier ones.
  const boxes = DEFAULT_MAILBOXES.map(() => makeId('b', NOW_MS) as MailboxId)
  const inbox = boxes[0] as MailboxId
  await db.write(createAccount, {
    account: { id: account, organization, login: `${local}@home.example`, name: local, role: 'member', locale: 'en', quotaBytes, inbox, nowMs: NOW_MS },
    address: { domain: 'home.example' as Domain, local },
    mailboxes: boxes,
  })
  return { organization, account, inbox, boxes }
}

/** A message of `size` bytes, inline. */
export function someMessage(size = 100): NewMessage {
  return { id: makeId('m', NOW_MS) as MessageId, size, digest: new Uint8Array(32), location: { kind: 'inline', bytes: new Uint8Array(size).fill(120) } }
}

/** An email for someone's mailbox (the inbox unless told otherwise). */
export function someEmail(person: Person, over: Partial<NewEmail> = {}): NewEmail {
  return {
    account: person.account,
    mailbox: person.inbox,
    email: makeId('e', NOW_MS) as EmailId,
    newThread: makeId('t', NOW_MS) as ThreadId,
    threadKeys: [],
    receivedMs: NOW_MS,
    savedMs: NOW_MS,
    size: 100,
    prefix: new Uint8Array(0),
    skips: [],
    structure: '[]',
    flags: 0,
    keywords: [],
    quota: 'enforce',
    ...over,
  }
}
