import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { OrganizationId } from '../base/brand.ts'
import type { House, OfferedService, OurAddress, SendingAddress, ServiceName } from '../core/domain/house.ts'
import { blockList, isAllowed } from '../core/outbound/targets.ts'
import type { Source } from '../core/pool/source.ts'
import { sourceBook } from '../core/pool/sql-source.ts'
import type { Database } from '../infra/db/database.ts'
import { reverseName } from '../infra/net/resolver/reverse.ts'
import type { Config, ListenerConfig } from './config/config.ts'
import { servedCertificate } from './served-certificate.ts'

/**
 * What this system is to an organization, by its configuration, its machine and the sources that people have named. Addresses that only others' mail leaves from
 * are none of its business, and must not be in its SPF record.
 */
export async function houseOf(config: Config, db: Database, organization: OrganizationId): Promise<House> {
  const { sources, pools } = await sourceBook(db)
  const carrying = new Set(pools.filter((pool) => pool.organization === null || pool.organization === organization).flatMap((pool) => pool.sources))
  const kept = [...sources.values()].filter(({ id, state }) => state !== 'retired' && carrying.has(id))
  return { ...standingHouse(config), addresses: ownAddresses(config), sending: sendingFrom(config, kept), certificate: await servedCertificate(config, db) }
}

/** Every address that mail of anybody leaves from. */
export async function everySending(config: Config, db: Database): Promise<readonly SendingAddress[]> {
  return sendingFrom(config, [...(await sourceBook(db)).sources.values()].filter(({ state }) => state !== 'retired'))
}

/** Sources that people have named, or the addresses of this machine when they named none. */
function sendingFrom(config: Config, sources: readonly Pick<Source, 'address' | 'ehlo'>[]): readonly SendingAddress[] {
  if (sources.length > 0) return sources.flatMap(({ address, ehlo }) => sendingOf(address, ehlo === '' ? config.hostname : ehlo))
  return ownAddresses(config).map((own) => ({ ...own, ehlo: config.hostname }))
}

/** What of it the configuration alone says. Cheap: for pages that strangers ask for. */
export function standingHouse(config: Config): Omit<House, 'addresses' | 'sending' | 'certificate'> {
  const open = config.listeners.filter(({ address }) => config.mode === 'demo' || !isLoopback(address))
  return {
    hostname: config.hostname,
    otherNames: config.outbound.ownNames,
    families: familiesOf(open),
    services: open.flatMap(serviceOf),
    httpsPort: open.find(({ protocol, security }) => protocol === 'http' && security === 'implicit')?.port ?? null,
    linkHost: config.track.host,
    nextKeyDigests: [],
    authority: null,
    reportsTo: 'postmaster',
  }
}

/** The addresses that the world can reach us at, as texts: nobody else calls itself by one of them. */
export function houseAddresses(config: Config): readonly string[] {
  return ownAddresses(config).map(({ address }) => address)
}

/** The addresses that the world can reach us at: those of our MX listeners, of this machine when they listen on all, and those of a NAT. */
function ownAddresses({ listeners, outbound }: Config): readonly OurAddress[] {
  const named = listeners.filter(({ protocol }) => protocol === 'smtp').map(({ address }) => address)
  const machine = Object.values(networkInterfaces()).flatMap((all) => all ?? []).filter(({ internal }) => !internal).map(({ address }) => address)
  const all = named.some((address) => address === '::' || address === '0.0.0.0') ? [...named, ...machine] : named
  const allowed = blockList(outbound.allowed)
  return [...new Set([...all, ...outbound.ownAddresses])].filter((address) => isAllowed(address, { allowed })).flatMap(addressOf)
}

function addressOf(address: string): readonly OurAddress[] {
  const reverse = reverseName(address)
  return reverse === null ? [] : [{ address, reverse }]
}

function sendingOf(address: string, ehlo: string): readonly SendingAddress[] {
  return addressOf(address).map((own) => ({ ...own, ehlo }))
}

function familiesOf(listeners: readonly ListenerConfig[]): readonly (4 | 6)[] {
  const mx = listeners.filter(({ protocol }) => protocol === 'smtp').map(({ address }) => address)
  const v4 = mx.some((address) => address === '::' || !isIPv6(address))
  return [...(v4 ? [4 as const] : []), ...(mx.some(isIPv6) ? [6 as const] : [])]
}

/** One service that a listener offers. What has no TLS is not told of: RFC 8314 §3. */
function serviceOf({ protocol, port, security }: ListenerConfig): readonly OfferedService[] {
  const names: Readonly<Partial<Record<ListenerConfig['protocol'], readonly [implicit: ServiceName, starttls: ServiceName]>>> = {
    submission: ['submissions', 'submission'], imap: ['imaps', 'imap'], pop3: ['pop3s', 'pop3'],
  }
  const found = names[protocol]
  if (found === undefined || security === 'none') return []
  return [{ name: security === 'implicit' ? found[0] : found[1], port }]
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}
