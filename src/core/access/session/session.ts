import type { AccountId, OrganizationId } from '../../../base/brand.ts'
import type { Role } from '../role.ts'
import { ABSOLUTE_MS, IDLE_MS, SECOND_FACTOR_WITHIN_MS } from './limits.ts'

/** How somebody logged in. */
export type LoginMethod = 'password' | 'passkey' | 'oidc'

/** A login over HTTP that lasts: who came, from where, and until when. Its token is known to its browser only. */
export interface Session {
  readonly id: string
  readonly account: AccountId
  readonly organization: OrganizationId
  readonly login: string
  readonly role: Role
  /** Those that a domain administrator administers; null for none. */
  readonly domains: readonly string[] | null
  /** `second-factor`: the password was right, and nothing may be done until the second factor was shown. */
  readonly state: 'open' | 'second-factor'
  readonly method: LoginMethod
  /** Where it began. */
  readonly address: string
  /** The program that began it, as it calls itself. */
  readonly agent: string
  readonly createdMs: number
  /** To within a minute. */
  readonly usedMs: number
  /** It ends then, however much it is used. */
  readonly expiresMs: number
}

/** Whether a session is over: its time is, or nobody used it for too long. */
export function isOver({ usedMs, expiresMs }: Pick<Session, 'usedMs' | 'expiresMs'>, nowMs: number): boolean {
  return nowMs >= expiresMs || nowMs - usedMs >= IDLE_MS
}

/** When a session that begins now ends. */
export function endOf(state: Session['state'], nowMs: number): number {
  return nowMs + (state === 'open' ? ABSOLUTE_MS : SECOND_FACTOR_WITHIN_MS)
}
