import type { Domain } from '../../base/brand.ts'
import { parseAddress } from '../../proto/mail/address.ts'
import { readAuthors } from '../../proto/mail/authors.ts'
import type { HeaderScan } from '../../proto/mail/header-scan.ts'
import { type Reply, reply } from '../../proto/smtp/reply.ts'
import type { SubmissionBounds } from '../access/store.ts'
import { resolve } from '../route/resolve.ts'
import type { RouteStore } from '../route/route.ts'
import { unverified } from '../route/unverified.ts'
import type { Login } from './session.ts'

/** Authors one message may have. */
const MAX_AUTHORS = 20

/**
 * Whether an account may send under an address: one that leads to the account alone or among others (its own, an alias,
 * a subaddress, a catch-all that it holds). A program may under every address of the domains that its credential is for. RFC 6409 §6.1.
 */
export async function maySendAs(store: RouteStore, login: Login, text: string): Promise<boolean> {
  const parsed = parseAddress(text)
  if (!parsed.ok || parsed.value.domain === null) return false
  if (login.submission !== undefined) return await isWithin(store, login, login.submission, parsed.value.domain)
  if ((await store.rules(parsed.value.domain))?.state === 'parked') return false
  const route = await resolve(store, parsed.value.local, parsed.value.domain)
  return route.kind === 'local' && route.receivers.some(({ account }) => account === login.account)
}

/** Why an account may not send under an address that is not its own, in a reply. A domain that its organization has claimed is waited for. */
export async function foreignReply(store: RouteStore, login: Login, text: string, advice = ''): Promise<Reply> {
  const parsed = parseAddress(text)
  const domain = parsed.ok ? parsed.value.domain : null
  if (domain !== null && (await store.claims(login.organization, domain))) return reply(550, '5.7.1', unverified(domain))
  return reply(550, '5.7.1', `${login.login} may not send as ${text}${advice}`)
}

async function isWithin(store: RouteStore, { organization }: Login, { domains }: SubmissionBounds, domain: Domain): Promise<boolean> {
  if (domains !== null && !domains.includes(domain)) return false
  const rules = await store.rules(domain)
  return rules !== null && rules.organization === organization && rules.state === 'active'
}

/** What keeps an account from sending under the authors that a header names. */
export type AuthorFault = { readonly kind: 'foreign'; readonly author: string } | { readonly kind: 'unclear'; readonly field: 'From' | 'Sender' }

/**
 * Whether all authors in From and Sender are the account's own, null when they are. A From that is there must name somebody, and be understood
 * by every reader alike: else one shows an author that was never checked.
 */
export async function authorFault(store: RouteStore, login: Login, { authorTexts }: Pick<HeaderScan, 'authorTexts'>): Promise<AuthorFault | null> {
  const authors = new Set<string>()
  for (const field of ['From', 'Sender'] as const) {
    for (const text of authorTexts[field === 'From' ? 'from' : 'sender']) {
      const named = text === null ? null : readAuthors(text)
      if (named === null || (named.length === 0 && field === 'From')) return { kind: 'unclear', field }
      for (const author of named) authors.add(author)
    }
  }
  if (authors.size > MAX_AUTHORS) return { kind: 'foreign', author: [...authors][MAX_AUTHORS] ?? '' }
  for (const author of authors) if (!(await maySendAs(store, login, author))) return { kind: 'foreign', author }
  return null
}
