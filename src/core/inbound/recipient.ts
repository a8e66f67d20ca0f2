import type { Domain } from '../../base/brand.ts'
import { type Address, foldLocal, makeAddress } from '../../proto/mail/address.ts'
import type { Recipient } from '../../proto/smtp/envelope.ts'
import { type Reply, reply } from '../../proto/smtp/reply.ts'
import type { Hook } from '../route/pattern.ts'
import type { RelayDomain } from '../route/relay-domain.ts'
import { resolve } from '../route/resolve.ts'
import type { Receiver, RouteStore } from '../route/route.ts'
import type { AcceptedRecipient, Login } from './session.ts'

/** What deciding on a recipient needs to know besides the routes. */
export interface RecipientRules {
  /** Where `<postmaster>` without a domain leads: the first hosted domain, null on an empty system. RFC 5321 §4.5.1. */
  readonly postmasterDomain: () => Promise<Domain | null>
  /** Who sent what we forwarded, by the local part it was sent on under; null when we never did. */
  readonly forwardedFrom: (local: string) => string | null
  /** Whether the server of a domain that we keep mail for takes mail for an address; `unknown` while it does not answer. */
  readonly callout: (address: Address) => Promise<'yes' | 'no' | 'unknown'>
}

/** A recipient that is accepted, or the reply that refuses it. */
export type RecipientAnswer = { readonly kind: 'accepted'; readonly recipient: AcceptedRecipient } | { readonly kind: 'refused'; readonly reply: Reply }

/**
 * Decides on one RCPT: where its address leads, whether there is room. `login` is who submits, null for anybody else, who may
 * only write to addresses here. `sizeBytes` is what the client announced.
 */
export async function decideRecipient(
  store: RouteStore,
  rules: RecipientRules,
  recipient: Recipient,
  login: Login | null,
  sizeBytes: number | null,
): Promise<RecipientAnswer> {
  const address = await addressOf(recipient.to, rules)
  if (address === null) return refused(reply(550, '5.1.1', 'No such mailbox'))
  const accept = (receivers: readonly Receiver[], elsewhere: readonly string[], organization: AcceptedRecipient['organization'], hooks: readonly Hook[] = []): RecipientAnswer => ({
    kind: 'accepted',
    recipient: { recipient, address: address.text, receivers, elsewhere, organization, hooks },
  })
  const route = address.domain === null ? ({ kind: 'elsewhere' } as const) : await resolve(store, address.local, address.domain)
  switch (route.kind) {
    case 'elsewhere':
      if (login !== null) return accept([], [address.text], login.organization)
      return await decideRelayed(store, rules, recipient, address)
    case 'none': {
      const sender = address.domain === null ? null : rules.forwardedFrom(address.local)
      const owner = sender === null || address.domain === null ? null : await store.rules(address.domain)
      if (sender !== null && owner !== null) return accept([], [sender], owner.organization)
      return refused(reply(550, '5.1.1', `No such mailbox: ${address.text}`))
    }
    case 'loop':
      return refused(reply(550, '5.4.6', `The aliases of ${address.text} lead in a circle`))
    case 'local': {
      const active = route.receivers.filter(({ state }) => state === 'active')
      const isMore = route.elsewhere.length > 0 || route.hooks.length > 0
      if (active.length === 0 && !isMore) return refused(reply(550, '5.2.1', `The mailbox ${address.text} is disabled`))
      // An alias with one full mailbox still reaches the others; a full mailbox of its own is asked to be tried again.
      const full = active.every(({ roomBytes }) => roomBytes !== null && (roomBytes <= 0 || (sizeBytes ?? 0) > roomBytes))
      if (active.length > 0 && full && !isMore && !isResponsible(address)) {
        return refused(reply(452, '4.2.2', `The mailbox ${address.text} is full`))
      }
      return accept(active, route.elsewhere, route.organization, route.hooks)
    }
  }
}

/**
 * A domain that we keep mail for, or none of ours. What its server would refuse is refused here, so that no bounce of ours goes to whoever was
 * named as the sender. While it cannot say, mail is kept: that is what a backup is for. deliverability §2.6.
 */
async function decideRelayed(store: RouteStore, rules: RecipientRules, recipient: Recipient, address: Address): Promise<RecipientAnswer> {
  const relay = address.domain === null ? null : await store.relay(address.domain)
  if (relay === null) return refused(reply(550, '5.7.1', `Relaying denied: ${address.text} is not served here`))
  if (!isResponsible(address) && !(await isTaken(store, rules, relay, address))) return refused(reply(550, '5.1.1', `No such mailbox: ${address.text}`))
  const { organization, spoolMs } = relay
  return { kind: 'accepted', recipient: { recipient, address: address.text, receivers: [], elsewhere: [address.text], organization, spoolMs } }
}

async function isTaken(store: RouteStore, rules: RecipientRules, { name, recipients }: RelayDomain, address: Address): Promise<boolean> {
  switch (recipients) {
    case 'any':
      return true
    case 'list':
      return await store.isRelayed(name, foldLocal(address.local))
    case 'callout':
      return (await rules.callout(address)) !== 'no'
  }
}

/** `postmaster` and `abuse` are accepted over quota: deliverability §1.1. */
export function isResponsible(address: Pick<Address, 'local'>): boolean {
  return /^(?:postmaster|abuse)$/i.test(address.local)
}

async function addressOf(to: Recipient['to'], rules: RecipientRules): Promise<Address | null> {
  if (to !== 'postmaster') return to
  const domain = await rules.postmasterDomain()
  return domain === null ? null : makeAddress('postmaster', domain)
}

function refused(why: Reply): RecipientAnswer {
  return { kind: 'refused', reply: why }
}
