import { parseAddress } from '../../proto/mail/address.ts'
import { mailboxesOf, type ListedAddress } from '../../proto/mail/display-address.ts'
import { resolve } from '../route/resolve.ts'
import type { RouteStore } from '../route/route.ts'
import type { Login } from './session.ts'

/** Authors one message may have. */
const MAX_AUTHORS = 20

/**
 * Whether an account may send under an address: one that leads to the account alone or among others (its own, an alias,
 * a subaddress, a catch-all that it holds). RFC 6409 §6.1.
 */
export async function maySendAs(store: RouteStore, login: Login, text: string): Promise<boolean> {
  const parsed = parseAddress(text)
  if (!parsed.ok || parsed.value.domain === null) return false
  const route = await resolve(store, parsed.value.local, parsed.value.domain)
  return route.kind === 'local' && route.receivers.some(({ account }) => account === login.account)
}

/** The first author in From that the account may not send as, or null when all are its own. */
export async function foreignAuthor(store: RouteStore, login: Login, from: readonly ListedAddress[]): Promise<string | null> {
  const authors = mailboxesOf(from)
  if (authors.length > MAX_AUTHORS) return authors[MAX_AUTHORS] ?? null
  for (const author of authors) if (!(await maySendAs(store, login, author))) return author
  return null
}
