import { MAX_CHALLENGES, MAX_DETAIL_CHARS, MAX_NAMES, MAX_TOKEN_CHARS, MAX_URL_CHARS } from './limits.ts'

/** Where an authority does what. RFC 8555 §7.1.1. */
export interface Directory {
  readonly newNonce: string
  readonly newAccount: string
  readonly newOrder: string
  /** Where it says when to renew (RFC 9773 §4); null when it does not. */
  readonly renewalInfo: string | null
  readonly termsOfService: string | null
}

/** The states of orders and authorizations. §7.1.6. */
export type Status = 'pending' | 'ready' | 'processing' | 'valid' | 'invalid' | 'deactivated' | 'expired' | 'revoked'

/** A certificate on its way. §7.1.3. */
export interface Order {
  readonly status: Status
  readonly authorizations: readonly string[]
  readonly finalize: string
  /** Once it is valid. */
  readonly certificate: string | null
  readonly error: Problem | null
}

/** A way of showing that a name is ours. §8. */
export interface Challenge {
  readonly type: string
  readonly url: string
  readonly token: string
  readonly status: string
  readonly error: Problem | null
}

/** Whether a name is known to be ours, and how that can be shown. §7.1.4. */
export interface Authorization {
  readonly status: Status
  readonly name: string
  readonly challenges: readonly Challenge[]
}

/** What an authority refuses, in its words. `type` is without its prefix: `rateLimited`. §6.7. */
export interface Problem {
  readonly type: string
  readonly detail: string
}

/** When an authority would like a certificate to be renewed. RFC 9773 §4.2. */
export interface RenewalWindow {
  readonly startMs: number
  readonly endMs: number
}

type Fields = Readonly<Record<string, unknown>>

const PROBLEM_PREFIX = 'urn:ietf:params:acme:error:'

/** RFC 8555 §8.1: characters of base64url only, so that a token is safe in a path. */
const TOKEN = /^[A-Za-z0-9_-]+$/

const STATUSES: ReadonlySet<string> = new Set<Status>(['pending', 'ready', 'processing', 'valid', 'invalid', 'deactivated', 'expired', 'revoked'])

/** True for text that may be a token: so much is asked of whoever fetches an answer. */
export function isToken(text: string): boolean {
  return text.length <= MAX_TOKEN_CHARS && TOKEN.test(text)
}

/** Reads a directory; null when it is none. */
export function readDirectory(bytes: Uint8Array): Directory | null {
  const fields = fieldsOf(bytes)
  const [newNonce, newAccount, newOrder] = [urlIn(fields?.['newNonce']), urlIn(fields?.['newAccount']), urlIn(fields?.['newOrder'])]
  if (newNonce === null || newAccount === null || newOrder === null) return null
  const termsOfService = urlIn(asFields(fields?.['meta'])?.['termsOfService'])
  return { newNonce, newAccount, newOrder, renewalInfo: urlIn(fields?.['renewalInfo']), termsOfService }
}

/** Reads an order; null when it is none. */
export function readOrder(bytes: Uint8Array): Order | null {
  const fields = fieldsOf(bytes)
  const status = statusIn(fields)
  const finalize = urlIn(fields?.['finalize'])
  const authorizations = listIn(fields?.['authorizations'], MAX_NAMES)?.map(urlIn)
  if (fields === null || status === null || finalize === null || authorizations === undefined) return null
  const urls = authorizations.filter((url) => url !== null)
  if (urls.length < authorizations.length) return null
  return { status, finalize, authorizations: urls, certificate: urlIn(fields['certificate']), error: problemIn(fields['error']) }
}

/** Reads an authorization; null when it is none. Challenges that are not understood are left out. */
export function readAuthorization(bytes: Uint8Array): Authorization | null {
  const fields = fieldsOf(bytes)
  const status = statusIn(fields)
  const name = asFields(fields?.['identifier'])?.['value']
  const challenges = listIn(fields?.['challenges'], MAX_CHALLENGES)
  if (status === null || typeof name !== 'string' || name.length > 255 || challenges === null) return null
  return { status, name, challenges: challenges.map(challengeIn).filter((challenge) => challenge !== null) }
}

/** Reads the reason of a refusal, whatever came instead of one. */
export function readProblem(bytes: Uint8Array): Problem {
  return problemIn(fieldsOf(bytes)) ?? { type: 'unnamed', detail: '' }
}

/** Reads when to renew; null when it is not said. */
export function readRenewal(bytes: Uint8Array): RenewalWindow | null {
  const window = asFields(fieldsOf(bytes)?.['suggestedWindow'])
  const [startMs, endMs] = [timeIn(window?.['start']), timeIn(window?.['end'])]
  // RFC 9773 §4.2: a window that ends before it begins is to be ignored.
  return startMs === null || endMs === null || endMs < startMs ? null : { startMs, endMs }
}

function challengeIn(value: unknown): Challenge | null {
  const fields = asFields(value)
  const { type, token, status } = fields ?? {}
  const url = urlIn(fields?.['url'])
  if (typeof type !== 'string' || typeof token !== 'string' || typeof status !== 'string' || url === null || !isToken(token)) return null
  return { type, token, status, url, error: problemIn(fields?.['error']) }
}

function problemIn(value: unknown): Problem | null {
  const { type, detail } = asFields(value) ?? {}
  if (typeof type !== 'string') return null
  const name = type.startsWith(PROBLEM_PREFIX) ? type.slice(PROBLEM_PREFIX.length) : type
  return { type: plain(name).slice(0, 100), detail: typeof detail === 'string' ? plain(detail).slice(0, MAX_DETAIL_CHARS) : '' }
}

/** It is shown on terminals: no control characters. */
function plain(text: string): string {
  return text.slice(0, MAX_DETAIL_CHARS).replace(/[\0-\x1f\x7f-\x9f]/g, ' ').toWellFormed()
}

function statusIn(fields: Fields | null): Status | null {
  const status = fields?.['status']
  return typeof status === 'string' && STATUSES.has(status) ? (status as Status) : null
}

/** RFC 8555 §6.1: only HTTPS. */
function urlIn(value: unknown): string | null {
  return typeof value === 'string' && value.length <= MAX_URL_CHARS && value.startsWith('https://') && URL.canParse(value) ? value : null
}

function timeIn(value: unknown): number | null {
  const ms = typeof value === 'string' && value.length <= 40 ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? null : ms
}

function listIn(value: unknown, most: number): readonly unknown[] | null {
  return Array.isArray(value) && value.length <= most ? value : null
}

function fieldsOf(bytes: Uint8Array): Fields | null {
  try {
    return asFields(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  } catch {
    return null // No UTF-8, no JSON.
  }
}

function asFields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
}
