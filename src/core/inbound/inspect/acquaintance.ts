import type { OrganizationId } from '../../../base/brand.ts'
import { fieldText, findFields } from '../../../proto/mail/headers.ts'
import type { HeaderScan } from '../../../proto/mail/header-scan.ts'
import { clientNet } from '../../access/client-net.ts'
import type { SpfOutcome } from '../../filter/authentication.ts'
import { registeredDomain } from '../../filter/registered-domain.ts'
import { KNOWN_LIST_AFTER } from '../../filter/seen/limits.ts'
import { isGrown, type Seen } from '../../filter/seen/seen-book.ts'
import { authorKey, BEGINNING, domainKey, listIdOf, listKey, type ListSource, type SeenKey } from '../../filter/seen/seen-key.ts'
import type { Proven } from './authenticate.ts'
import type { InspectHouse } from './house.ts'
import type { Reader } from './recipient-facts.ts'

/** Who wrote a message, as the memory of those who get it asks. */
export interface Wrote {
  /** The one author's address, lower-case; '' when there is none, or several. */
  readonly address: string
  /** Something vouches for it: see `vouchedDomain`. */
  readonly isProven: boolean
  /** The mailing list that it came by; null for none. */
  readonly list: ListSource | null
}

/** What the organizations of its readers remember of who wrote a message. */
export interface Acquaintance {
  /** Nothing of this author has reached this reader before, and it is known who has. */
  isFirstContact(reader: Reader): boolean
  /** Nobody in the reader's organization has had mail of the author's registered domain before. */
  isNewDomain(reader: Reader): boolean
  /** The List-Id of a list whose mail is wanted here; null for none. */
  readonly knownList: string | null
  /** Notes that these readers got the message, and wanted it as far as anybody can tell. */
  wanted(readers: readonly Reader[]): void
}

/** Asks what is remembered, once for each organization. */
export async function acquaintance({ seen, clock }: Pick<InspectHouse, 'seen' | 'clock'>, readers: readonly Reader[], { address, isProven, list }: Wrote): Promise<Acquaintance> {
  const domain = address === '' ? null : registeredDomain(address.slice(address.lastIndexOf('@') + 1))
  const ofDomain = domain === null ? null : domainKey(domain)
  const ofList = list === null ? null : listKey(list)
  const ofAuthor = ({ receiver }: Reader): SeenKey | null => (address === '' || receiver === null ? null : authorKey({ account: receiver.account, address, isProven }))
  const keysOf = (some: readonly Reader[]): readonly SeenKey[] => [...some.map(ofAuthor), ofDomain, ofList].filter((key) => key !== null)
  const groups = Map.groupBy(readers, organizationOf)
  const known = new Map<OrganizationId, ReadonlyMap<SeenKey, Seen>>()
  for (const [organization, some] of groups) known.set(organization, await seen.look(organization, [BEGINNING, ...keysOf(some)]))
  const isMissing = (reader: Reader, key: SeenKey | null): boolean => {
    const own = known.get(organizationOf(reader))
    return key !== null && own !== undefined && isGrown(own, clock.nowMs()) && !own.has(key)
  }
  const isKnownList = ofList !== null && [...known.values()].some((own) => (own.get(ofList)?.times ?? 0) >= KNOWN_LIST_AFTER)
  return {
    isFirstContact: (reader) => isMissing(reader, ofAuthor(reader)),
    isNewDomain: (reader) => isMissing(reader, ofDomain),
    knownList: isKnownList ? (list?.id ?? null) : null,
    wanted(some) {
      for (const [organization, own] of Map.groupBy(some, organizationOf)) seen.note(organization, keysOf(own))
    },
  }
}

/**
 * The author's domain when something vouches for it: DMARC, or, where the domain has published no policy, SPF or a signature of the same organization. A signature of somebody who signs for
 * everybody proves nobody, though deliverability §5.10 would take the same one as before. Null when nothing does.
 */
export function vouchedDomain({ dmarc, dkim }: Pick<Proven, 'dmarc' | 'dkim'>, spf: SpfOutcome): string | null {
  const { author, result } = dmarc
  if (result === 'pass') return author
  if (result !== 'none' || author === null) return null
  const organization = registeredDomain(author)
  const isOwn = (each: { readonly result: string; readonly domain: string | null }): boolean => each.result === 'pass' && each.domain !== null && registeredDomain(each.domain) === organization
  return organization !== null && (dkim.some(isOwn) || (spf.identity === 'mailfrom' && isOwn(spf))) ? author : null
}

/** The mailing list that a message names, with what vouches for its way: the domain of its envelope, or the net of the client. Null when it names none. */
export function listSource(header: HeaderScan, bytes: Uint8Array, client: string, spf: SpfOutcome): ListSource | null {
  const [field] = header.names.has('list-id') ? findFields(header, ['list-id']) : []
  const id = field === undefined ? null : listIdOf(fieldText(bytes, field))
  if (id === null) return null
  const isVouched = spf.result === 'pass' && spf.identity === 'mailfrom' && spf.domain !== null
  return { id, source: isVouched ? (spf.domain ?? '') : clientNet(client) }
}

function organizationOf({ recipient, receiver }: Reader): OrganizationId {
  return receiver?.organization ?? recipient.organization
}
