import type { OrganizationId } from '../../../base/brand.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import { Unavailable } from '../../../base/unavailable.ts'
import { type Reply, reply } from '../../../proto/smtp/reply.ts'
import { clientNet } from '../../access/client-net.ts'
import type { GreyDecision } from './decide.ts'
import { greyKey, type GreyTriple } from './key.ts'

/** What the store is asked: `greylist/sql-greylist.ts` is the one implementation. */
export interface GreyAsk {
  /** The recipient's. */
  readonly organization: OrganizationId
  readonly key: string
  /** The net of the client, and the domain that SPF or DKIM vouches for, or null: they are not asked any more once they are known. */
  readonly client: string
  readonly domain: string | null
  readonly nowMs: number
}

/** Where first tries are remembered. */
export interface GreyStore {
  /** @throws {Unavailable} the database does not answer; nothing was remembered. */
  ask(ask: GreyAsk): Promise<GreyAnswer>
}

/** What the store says. `client`: the client has passed often enough. */
export type GreyAnswer = GreyDecision | { readonly kind: 'pass'; readonly why: 'client' }

/** What becomes of a recipient. `outage`: nobody waits for our database. */
export type GreyVerdict = GreyAnswer | { readonly kind: 'pass'; readonly why: 'outage' }

/** A recipient for whom no bypass was found. */
export interface GreyInput extends GreyTriple {
  readonly organization: OrganizationId
  /** The domain that SPF or DKIM vouches for; null for none. */
  readonly domain: string | null
}

/** Asks whether a client has to come back. A database that does not answer lets mail pass. deliverability §5.2. */
export async function greylist(input: GreyInput, { store, clock, log }: { readonly store: GreyStore; readonly clock: Clock; readonly log: Log }): Promise<GreyVerdict> {
  const { organization, client, domain } = input
  try {
    return await store.ask({ organization, key: greyKey(input), client: clientNet(client), domain, nowMs: clock.nowMs() })
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    log.warn('greylist.unavailable', { error })
    return { kind: 'pass', why: 'outage' }
  }
}

/** What RCPT is answered while a client has to wait; it hears how long. RFC 6647 §5. */
export function greyReply(forMs: number): Reply {
  return reply(451, '4.7.1', `Greylisted: please try again in ${Math.max(1, Math.ceil(forMs / 1000))} seconds or later`)
}
