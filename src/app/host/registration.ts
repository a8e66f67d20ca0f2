import { registeredDomain } from '../../core/filter/registered-domain.ts'
import { addressesOf, type AskAddresses, parseTarget, type TargetRules } from '../../core/webhook/target.ts'
import { fetchText } from '../../infra/net/fetch-text.ts'

/** One server may take so long; the first often only names the one that knows. */
const RDAP_WITHIN_MS = 6_000

/** Answers have 3 to 30 KB: contacts, and terms of use in several languages. */
const MAX_RDAP_BYTES = 256 * 1024

/** Servers asked one after the other: the one of the option, the registry's, and one that this has moved to. */
const MAX_HOPS = 3

/** Events of one answer that are read: registries tell of four or five. RFC 9083 §4.5. */
const MAX_EVENTS = 50

/** How a registry is asked. */
export interface RegistrationOptions {
  /** Where RDAP questions begin: `https://rdap.org`, which leads to the server of each registry. */
  readonly base: string
  readonly rules: TargetRules
  readonly ask: AskAddresses
  /** Roots to trust instead of the usual ones, PEM. */
  readonly roots?: readonly string[]
}

/** When a domain was registered, or why nobody told. */
export type Registered = { readonly kind: 'told'; readonly domain: string; readonly atMs: number } | { readonly kind: 'unknown'; readonly why: string }

/**
 * Asks by RDAP when the domain that a name belongs to was registered. RFC 9082 §3.1.3. Each server, and each that it leads to, is looked at as
 * webhooks are: over HTTPS, and at no address of a private network. Never rejects for what a network does.
 */
export async function registrationOf(name: string, { base, rules, ask, roots }: RegistrationOptions, signal: AbortSignal): Promise<Registered> {
  const domain = registeredDomain(name)
  if (domain === null) return { kind: 'unknown', why: `${name} is no domain that can be registered` }
  let at = `${base.replace(/\/+$/, '')}/domain/${domain}`
  for (let hop = 0; hop < MAX_HOPS; hop++) {
    const parsed = parseTarget(at, rules)
    if (!parsed.ok) return { kind: 'unknown', why: `RDAP: ${parsed.error}` }
    const url = parsed.value
    const found = await addressesOf(url, rules, ask, signal)
    if (found.kind === 'none') return { kind: 'unknown', why: found.why }
    const options = { host: url.hostname, path: `${url.pathname}${url.search}`, port: Number(url.port === '' ? 443 : url.port), addresses: found.addresses, type: 'application/rdap+json', maxBytes: MAX_RDAP_BYTES, withinMs: RDAP_WITHIN_MS }
    const got = await fetchText({ ...options, ...(roots === undefined ? {} : { roots }) }, signal)
    if (got.kind === 'fetched') return read(domain, got.bytes)
    const isMoved = got.status !== null && got.status >= 300 && got.status < 400
    if (!isMoved || got.location === undefined || !URL.canParse(got.location, at)) return { kind: 'unknown', why: `${url.hostname}: ${got.why}` }
    at = new URL(got.location, at).href // RFC 7480 §5.2: a server that does not know sends us on.
  }
  return { kind: 'unknown', why: `RDAP leads from server to server, more than ${MAX_HOPS}` }
}

function read(domain: string, bytes: Uint8Array): Registered {
  const atMs = readRegistration(bytes)
  return atMs === null ? { kind: 'unknown', why: `the registry does not tell when ${domain} was registered` } : { kind: 'told', domain, atMs }
}

/** When the domain of an RDAP answer was registered; null when it does not say. RFC 9083 §4.5: `registration` is the first one, whoever holds it now. */
export function readRegistration(bytes: Uint8Array): number | null {
  const answer = parsed(bytes)
  const events: unknown = isRecord(answer) ? answer['events'] : null
  if (!Array.isArray(events)) return null
  for (const event of events.slice(0, MAX_EVENTS) as readonly unknown[]) {
    if (!isRecord(event) || event['eventAction'] !== 'registration') continue
    const date = event['eventDate']
    const atMs = typeof date === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]{8,20}(?:Z|[+-]\d\d:?\d\d)$/i.test(date) ? Date.parse(date) : Number.NaN
    return Number.isNaN(atMs) ? null : atMs
  }
  return null
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return null // No JSON tells nothing.
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
