import type { AccountId, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { UNBOUND } from './rights.ts'
import { submissionOf } from './sql.ts'
import type { SubmissionBounds } from './store.ts'

/** What a program submits with: the name of an account, and an app password that is for nothing else. Without anything secret. */
export interface SmtpCredential extends Required<SubmissionBounds> {
  readonly id: string
  readonly account: AccountId
  /** The name to log in with. */
  readonly username: string
  /** What its owner calls it. */
  readonly name: string
  readonly createdMs: number
  /** To within an hour; null when never. */
  readonly usedMs: number | null
  readonly expiresMs: number | null
}

interface Row {
  readonly id: string
  readonly account: AccountId
  readonly login: string
  readonly name: string
  readonly submission: string
  readonly created_ms: number
  readonly used_ms: number | null
  readonly expires_ms: number | null
}

const FROM = `SELECT c.id, c.account, a.login, c.name, c.submission, c.created_ms, c.used_ms, c.expires_ms
  FROM credential c JOIN account a ON a.id = c.account WHERE a.organization = $organization AND c.submission IS NOT NULL`
const LIST = statement<{ organization: string; after: string }, Row>(`${FROM} AND c.id > $after ORDER BY c.id LIMIT 500`)
const BY_ID = statement<{ organization: string; id: string }, Row>(`${FROM} AND c.id = $id`)

/** At most 500 credentials of an organization's programs after an id, in id order; '' begins. */
export async function smtpCredentialsAfter(db: Database, organization: OrganizationId, after: string): Promise<readonly SmtpCredential[]> {
  return (await db.all(LIST, { organization, after })).map(toCredential)
}

/** The credential of that id, or null when no program of the organization has it. */
export async function smtpCredentialById(db: Database, organization: OrganizationId, id: string): Promise<SmtpCredential | null> {
  const row = await db.one(BY_ID, { organization, id })
  return row === null ? null : toCredential(row)
}

function toCredential({ id, account, login, name, submission, created_ms: createdMs, used_ms: usedMs, expires_ms: expiresMs }: Row): SmtpCredential {
  const { domains, streams, caps = UNBOUND.caps } = submissionOf(submission) ?? { domains: [], streams: [] }
  return { id, account, username: login, name, domains, streams, caps, createdMs, usedMs, expiresMs }
}
