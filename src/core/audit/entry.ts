import type { OrganizationId } from '../../base/brand.ts'
import { MAX_DEPTH, MAX_SHOWN_BYTES } from './limits.ts'

/** How a change ended. `unknown`: something was changed, and whoever changed it has not told the end: he is at it, or has died. `failed`: something was changed, and he was told no. */
export type AuditOutcome = 'done' | 'failed' | 'unknown'

/** One administrative change: who, what, when. Written in the transaction that changes something, and completed once, when its end is known. */
export interface AuditEntry {
  readonly id: string
  /** '' for what is no organization's: the platform itself. */
  readonly organization: OrganizationId | ''
  readonly atMs: number
  /** `operator`: somebody with a shell on the machine, by the name he has there. */
  readonly actorKind: 'key' | 'account' | 'operator'
  readonly actor: string
  /** `PATCH /v1/webhooks/{id}`, or `merpati webhook set`. */
  readonly action: string
  /** What it was done to: an id, an address, a name. Null for nothing in particular. */
  readonly object: string | null
  /** Without secrets; null for none. */
  readonly asked: unknown
  readonly before: unknown
  readonly after: unknown
  /** Where the request came from; null for commands. */
  readonly address: string | null
  readonly request: string | null
  readonly outcome: AuditOutcome
}

/** An entry as it begins: how it ends is not known. */
export type OpenEntry = Omit<AuditEntry, 'after' | 'outcome'>

/** How an entry ends, and what is known only then. */
export type AuditEnd = Pick<AuditEntry, 'object' | 'after'> & { readonly outcome: 'done' | 'failed' }

/** Names of what must not be kept, wherever it stands. `key` is the text of an API key; ids of keys are called otherwise. */
const SECRET = /password|passphrase|secret|token|private|cookie|csrf|challenge|signature|assertion|recovery|authenticator|^(?:key|code|codes|totp|otp|csr|response|current|new|url|uri|otpauth|qr_svg)$/i

/** Values as they may be kept: without secrets, and bounded. An address to call may hold a secret, too: of it the part before the query is kept. */
export function redacted(value: unknown): unknown {
  const clean = withoutSecrets(value, 0)
  const bytes = Buffer.byteLength(JSON.stringify(clean) ?? '')
  return bytes <= MAX_SHOWN_BYTES ? clean : { left_out_bytes: bytes }
}

function withoutSecrets(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value ?? null
  if (depth === MAX_DEPTH) return '(left out)'
  if (Array.isArray(value)) return value.map((each) => withoutSecrets(each, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, isSecret(name, each) ? shownSecret(each) : withoutSecrets(each, depth + 1)]))
}

/** `endpoint` is an address to call in requests, and an id in entries of our own. */
function isSecret(name: string, value: unknown): boolean {
  return value !== null && (SECRET.test(name) || (name === 'endpoint' && typeof value === 'string' && value.includes('://')))
}

function shownSecret(value: unknown): string {
  const url = typeof value === 'string' && /^https?:\/\//i.test(value) ? URL.parse(value) : null
  return url === null ? '(kept secret)' : `${url.protocol}//${url.host}${url.pathname}`
}
