import type { AccountId, OrganizationId } from '../../base/brand.ts'
import { apiKeyById } from '../../core/access/sql-api-key.ts'
import { credentialsOf } from '../../core/access/sql-credential.ts'
import { smtpCredentialById } from '../../core/access/sql-smtp-credential.ts'
import { accountById, accountByLogin } from '../../core/account/sql.ts'
import { consentsAfter } from '../../core/consent/sql.ts'
import { dkimKeysOf } from '../../core/domain/sql-dkim.ts'
import { domainNamed } from '../../core/domain/sql.ts'
import { type EntryKind, type EntryList, type FilterEntry, readEntryValue } from '../../core/filter/entry/entry.ts'
import { entriesAfter } from '../../core/filter/entry/sql-entry.ts'
import { containmentOf } from '../../core/filter/outbound/sql-containment.ts'
import { readStream } from '../../core/organization/stream/name.ts'
import { streamNamed } from '../../core/organization/stream/sql.ts'
import { organizationNamed } from '../../core/organization/sql.ts'
import { planIn } from '../../core/organization/sql-plan.ts'
import { allTransports } from '../../core/outbound/sql-transport.ts'
import { newDomainDay } from '../../core/pool/new-domain/sql.ts'
import { sourceBook } from '../../core/pool/sql-source.ts'
import { suspensionsInForce } from '../../core/pool/sql-stop.ts'
import { placeOf } from '../../core/route/place.ts'
import { routeById } from '../../core/route/sql-pattern.ts'
import { relayDomainNamed } from '../../core/route/sql-relay.ts'
import { sqlRoutes } from '../../core/route/sql.ts'
import { standingName } from '../../core/standing/standing.ts'
import { standingsOf } from '../../core/standing/sql.ts'
import { invitationOf } from '../../core/signup/invite/sql.ts'
import { suppressionsOf } from '../../core/suppression/sql.ts'
import { endpointById } from '../../core/webhook/sql-endpoint.ts'
import type { Database } from '../../infra/db/database.ts'
import { parseDomain } from '../../proto/mail/domain.ts'
import type { Ran } from './audited.ts'
import { everyPage } from './pages.ts'

/** What a command is about: whose, and which. `named` is what was typed first. */
interface Subject {
  readonly organization: OrganizationId | ''
  readonly named: string
  readonly ran: Ran
}

/** Consents of one address that an entry of the audit log holds. */
const MAX_CONSENTS = 20

/**
 * What there is of the thing that a command is about, for the audit log to show before and after: null for what is not there, and of commands that are about many things or
 * nothing that is kept. Secrets are left out when the entry is written.
 */
export async function lookAt(db: Database, organization: OrganizationId | '', ran: Ran): Promise<unknown> {
  const look = LOOKS[ran.name.split(' ')[1] ?? '']
  const named = ran.args[0]
  return look === undefined || named === undefined ? null : await look(db, { organization, named, ran })
}

/** By the first word of a command. */
const LOOKS: Readonly<Record<string, (db: Database, subject: Subject) => Promise<unknown>>> = {
  organization: async (db, { named }) => {
    const found = await organizationNamed(db, named)
    return found === null ? null : { ...found, plan: await db.read((tx) => planIn(tx, found.id)) }
  },
  domain: async (db, { named }) => await domainAs(db, named),
  account: async (db, { named }) => await accountAs(db, named),
  alias: async (db, { named }) => {
    const place = placeOf(named)
    return place === null ? null : await sqlRoutes(db).entry(place.domain, place.local)
  },
  route: async (db, subject) => await owned(subject, (organization) => routeById(db, organization, subject.named)),
  key: async (db, subject) => await owned(subject, (organization) => apiKeyById(db, organization, subject.named)),
  invitation: async (db, subject) => await owned(subject, (organization) => invitationOf(db, organization, subject.named, Date.now())),
  webhook: async (db, subject) => await owned(subject, (organization) => endpointById(db, organization, subject.named)),
  credential: async (db, subject) => await owned(subject, async (organization) => (await smtpCredentialById(db, organization, subject.named)) ?? (await accountAs(db, subject.named))),
  consent: async (db, subject) => await owned(subject, (organization) => consentsAfter(db, { organization, address: subject.named, after: '', limit: MAX_CONSENTS })),
  suppression: async (db, { organization, named }) => listed(await suppressionsOf(db, organization, named, Date.now())),
  filter: async (db, { organization, named: kind, ran }) => {
    const list = ran.name.split(' ')[2] ?? ''
    const value = readEntryValue(kind as EntryKind, ran.args[1] ?? '') // The command has checked the word.
    if (!value.ok) return null
    // The words of a command are those of the lists.
    const entries = await everyPage<FilterEntry>((last) => entriesAfter(db, organization, list as EntryList, last))
    return listed(entries.filter((entry) => entry.kind === kind && entry.value === value.value))
  },
  source: async (db, { named }) => (await sourceBook(db)).sources.get(named) ?? null,
  pool: async (db, { named }) => (await sourceBook(db)).pools.find(({ id }) => id === named) ?? null,
  transport: async (db, { named }) => (await allTransports(db))[named.toLowerCase()] ?? null,
  'relay-domain': async (db, { named }) => {
    const name = parseDomain(named)
    return name === null ? null : await relayDomainNamed(db, name)
  },
  lane: async (db, { named }) => listed((await suspensionsInForce(db, Date.now())).filter(({ id, key }) => id === named || key.includes(named.toLowerCase()))),
  stream: async (db, subject) => await owned(subject, async (organization) => {
    if (subject.ran.name.endsWith(' resume')) return (await standingsOf(db, organization)).find((standing) => standingName(standing) === subject.named) ?? null
    const name = readStream(subject.named)
    return name === null ? null : await streamNamed(db, organization, name)
  }),
}

async function owned<T>({ organization }: Subject, look: (organization: OrganizationId) => Promise<T | null>): Promise<T | null> {
  return organization === '' ? null : await look(organization)
}

async function domainAs(db: Database, named: string): Promise<unknown> {
  const name = parseDomain(named)
  const found = name === null ? null : await domainNamed(db, name)
  if (found === null) return null
  const keys = await dkimKeysOf(db, found.organization, found.name)
  const day = (await newDomainDay(db, found.name))?.day ?? null
  return { ...found, warmUp: day === null ? 'off' : 'on', dkim: keys.map(({ selector, activeMs, retiredMs }) => ({ selector, activeMs, retiredMs })) }
}

async function accountAs(db: Database, named: string): Promise<unknown> {
  const found = (await accountByLogin(db, named.toLowerCase())) ?? (await accountById(db, named as AccountId))
  if (found === null) return null
  const { usedBytes: _bytes, usedEmails: _emails, ...kept } = found // Mail that comes meanwhile is no doing of the command.
  return { ...kept, logins: await credentialsOf(db, found.id), containment: await containmentOf(db, found.id) }
}

function listed<T>(found: readonly T[]): readonly T[] | null {
  return found.length === 0 ? null : found
}
