import type { AccountId, OrganizationId } from '../../base/brand.ts'
import { systemClock } from '../../base/clock.ts'
import { Recent } from '../../core/access/recent.ts'
import { accountsAfter } from '../../core/account/sql.ts'
import { listedDomains, type ListedDomain } from '../../core/filter/check/lookalike.ts'
import { nameKey } from '../../core/filter/check/skeleton.ts'
import type { People } from '../../core/filter/content-facts.ts'
import { domainsWrittenTo, hasWrittenTo } from '../../core/filter/outbound/sql-seen.ts'
import { BESIDE_BRAND } from '../../core/filter/table/words.ts'
import type { InspectHouse } from '../../core/inbound/inspect/house.ts'
import type { Database } from '../../infra/db/database.ts'

/** How old what is known of an organization's people, or of an account's partners, may be. */
const FRESH_MS = 60_000

/** Organizations and accounts that are remembered by one worker: of a large account some 30 KiB. */
const MAX_ORGANIZATIONS = 200
const MAX_ACCOUNTS = 500

/** Pairs of an account and an author that are remembered by one worker, some 300 bytes each, and for how long it is believed that one has not written to the other. */
const MAX_PAIRS = 5_000
const STRANGER_MS = 2_000

/** Accounts of an organization whose names are protected, in pages of 500: above that every name is somebody's. */
const MAX_PAGES = 4

/** Whom the readers of mail know, as the checks ask for it: an answer serves for a minute. */
export function acquaintances(db: Database): Pick<InspectHouse, 'people' | 'correspondents' | 'hasWrittenTo'> {
  const people = new Recent<Promise<People>>(systemClock, MAX_ORGANIZATIONS)
  const partners = new Recent<Promise<readonly ListedDomain[]>>(systemClock, MAX_ACCOUNTS)
  return {
    people: (organization) => fresh(people, organization, () => readPeople(db, organization)),
    hasWrittenTo: writers(db),
    correspondents: (account: AccountId) => fresh(partners, account, async () => listedDomains(await domainsWrittenTo(db, account))),
  }
}

/**
 * Whether accounts have written to addresses. One message asks twice, and who sends much asks again: what was so is believed for a minute, and that it was not for two seconds, because somebody
 * may answer a first letter at once.
 */
function writers(db: Database): InspectHouse['hasWrittenTo'] {
  const kept = new Recent<boolean>(systemClock, MAX_PAIRS)
  return async (account, address) => {
    const pair = `${account} ${address}`
    const known = kept.get(pair)
    if (known !== null) return known
    const found = await hasWrittenTo(db, account, address)
    kept.put(pair, found, found ? FRESH_MS : STRANGER_MS)
    return found
  }
}

function fresh<T>(kept: Recent<Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
  const known = kept.get(key)
  if (known !== null) return known
  const asked = read()
  kept.put(key, asked, FRESH_MS)
  asked.catch(() => kept.drop(key)) // Whoever awaits it hears of it.
  return asked
}

/** Names of one word are those of half the world, those of a desk ("Customer Service") are everybody's, and a name that is an address is shown by nobody. */
async function readPeople(db: Database, organization: OrganizationId): Promise<People> {
  const people = new Map<string, Set<string>>()
  let after = ''
  for (let page = 0; page < MAX_PAGES; page++) {
    const accounts = await accountsAfter(db, organization, after)
    for (const { name, login } of accounts) {
      const key = name.includes('@') ? '' : nameKey(name)
      if (!key.includes(' ') || key.split(' ').every((word) => BESIDE_BRAND.has(word))) continue
      const addresses = people.get(key)
      if (addresses === undefined) people.set(key, new Set([login]))
      else addresses.add(login)
    }
    const last = accounts.at(-1)
    if (last === undefined) break
    after = last.id
  }
  return people
}
