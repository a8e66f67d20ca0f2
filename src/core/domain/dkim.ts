import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { Domain } from '../../base/brand.ts'
import { formatKeyRecord, keyName } from '../../proto/dkim/key-record.ts'

const generate = promisify(generateKeyPair)

/** RFC 8301 §3.2 asks for 1024 at least and advises this. */
const RSA_BITS = 2048

/** How long a new key is published before it signs: until then every resolver has forgotten that it was not there. */
export const PUBLISH_MS = 48 * 3_600_000

/** How long an old key stays published: mail that it signed is on its way for so long. */
export const OVERLAP_MS = 7 * 24 * 3_600_000

/** A key that signs for a domain. */
export interface DkimKey {
  readonly selector: string
  /** PKCS #8, PEM. */
  readonly privateKey: string
  /** What to publish at `<selector>._domainkey.<domain>`. */
  readonly record: string
  readonly createdMs: number
  /** From then on it signs. */
  readonly activeMs: number
  /** From then on it does not; it stays published for a while. */
  readonly retiredMs: number | null
}

/** A key without its private half. */
export type PublicDkimKey = Omit<DkimKey, 'privateKey'>

/** Makes a pair of keys, RSA for everybody and Ed25519 for those who know it (RFC 8463), that sign from `activeMs` on. */
export async function makeDkimKeys(nowMs: number, activeMs: number): Promise<readonly DkimKey[]> {
  const [rsa, ed25519] = await Promise.all([generate('rsa', { modulusLength: RSA_BITS }), generate('ed25519')])
  const stem = `m${nowMs.toString(36)}`
  return [keyOf(`${stem}r`, rsa.privateKey, nowMs, activeMs), keyOf(`${stem}e`, ed25519.privateKey, nowMs, activeMs)]
}

function keyOf(selector: string, key: KeyObject, createdMs: number, activeMs: number): DkimKey {
  return { selector, privateKey: key.export({ format: 'pem', type: 'pkcs8' }) as string, record: formatKeyRecord(key), createdMs, activeMs, retiredMs: null }
}

/** A key as it signs. */
export interface LoadedKey {
  readonly domain: Domain
  readonly selector: string
  readonly key: KeyObject
}

/** The keys that sign at `nowMs`: of each kind the newest that is active. RSA first: some verifiers look at the first signature only. */
export function signingKeys(domain: Domain, keys: readonly DkimKey[], nowMs: number): readonly LoadedKey[] {
  const newest = new Map<string, LoadedKey>()
  const usable = keys.filter(({ activeMs, retiredMs }) => activeMs <= nowMs && (retiredMs === null || retiredMs > nowMs))
  for (const { selector, privateKey } of usable.toSorted((a, b) => a.activeMs - b.activeMs)) {
    const key = createPrivateKey(privateKey)
    newest.set(key.asymmetricKeyType ?? '', { domain, selector, key })
  }
  return [...newest.values()].toSorted((a, b) => kindOf(b).localeCompare(kindOf(a)))
}

function kindOf({ key }: LoadedKey): string {
  return key.asymmetricKeyType ?? ''
}

/** What is to be in DNS for a domain's keys at `nowMs`: those that sign, will sign, or signed what is still on its way. */
export function publishedKeys(domain: Domain, keys: readonly PublicDkimKey[], nowMs: number): readonly KeyPlan[] {
  return keyPlans(domain, keys, nowMs).filter(({ state }) => state !== 'over')
}

/** Where a key stands in its life, and until when its record is needed. */
export interface KeyPlan {
  readonly name: string
  readonly record: string
  /** `waiting` is published and does not sign yet; `retired` signs no more and stays published; `over` is to be gone from DNS. */
  readonly state: 'waiting' | 'signing' | 'retired' | 'over'
  readonly createdMs: number
  readonly activeMs: number
  /** When its record may go; null while nothing is to take its place. */
  readonly untilMs: number | null
}

/** Every key that a domain has or had, with what is to be done about it at `nowMs`. */
export function keyPlans(domain: Domain, keys: readonly PublicDkimKey[], nowMs: number): readonly KeyPlan[] {
  return keys.map(({ selector, record, createdMs, activeMs, retiredMs }) => {
    const untilMs = retiredMs === null ? null : retiredMs + OVERLAP_MS
    return { name: keyName(selector, domain), record, state: stateOf(activeMs, retiredMs, nowMs), createdMs, activeMs, untilMs }
  })
}

function stateOf(activeMs: number, retiredMs: number | null, nowMs: number): KeyPlan['state'] {
  if (retiredMs !== null && retiredMs + OVERLAP_MS <= nowMs) return 'over'
  if (retiredMs !== null && retiredMs <= nowMs) return 'retired'
  return activeMs > nowMs ? 'waiting' : 'signing'
}
