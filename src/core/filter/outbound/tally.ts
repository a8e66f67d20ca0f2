import { hash } from 'node:crypto'
import type { AccountId } from '../../../base/brand.ts'
import { domainPart } from '../../../proto/mail/address.ts'
import { isHard } from '../../bounce/meaning.ts'
import type { Event } from '../../event/event.ts'
import { FREEMAIL } from '../table/freemail.ts'
import { MAX_DOMAINS_IN_TALLY } from './limits.ts'

/** What a chunk of the log tells of one account in one hour of the clock. */
export interface Tally {
  readonly account: AccountId
  /** Hours since 1970. */
  readonly hour: number
  messages: number
  bounces: number
  /** Messages with a link that a DNS list has. */
  listed: number
  /** Recipients, as `recipientHash` makes them; one written to twice is there twice. */
  readonly recipients: string[]
  /** Domains of recipients, as they are; those of free mailboxes belong to nobody and are left out. At most `MAX_DOMAINS_IN_TALLY`. */
  readonly domains: Set<string>
  /** Texts that were sent, by their shapes, with their recipients. */
  readonly shapes: { readonly shape: string; readonly recipients: number; readonly atMs: number }[]
  readonly authors: { readonly author: string; readonly atMs: number }[]
}

/** What the event of a submission tells for this: who sent it, to how many, its shape and its author. */
export interface SentFact {
  readonly by: AccountId
  readonly to: number
  readonly shape: string | null
  readonly author: string | null
}

/** An hour of the clock. */
export function hourOf(ms: number): number {
  return Math.floor(ms / 3_600_000)
}

/** A recipient as an account's memory keeps it: nobody can read from it whom somebody wrote to. */
export function recipientHash(account: AccountId, address: string): string {
  return hash('sha256', `${account}\0${address.toLowerCase()}`, 'base64url').slice(0, 16)
}

/** Counts a chunk of the log, by account and hour. */
export function tally(events: readonly Event[]): readonly Tally[] {
  const tallies = new Map<string, Tally>()
  const of = (account: AccountId, { atMs }: Event): Tally => {
    const hour = hourOf(atMs)
    const key = `${account} ${hour}`
    const known = tallies.get(key)
    if (known !== undefined) return known
    const made: Tally = { account, hour, messages: 0, bounces: 0, listed: 0, recipients: [], domains: new Set(), shapes: [], authors: [] }
    tallies.set(key, made)
    return made
  }
  for (const event of events) count(event, of)
  return [...tallies.values()]
}

function count(event: Event, of: (account: AccountId, event: Event) => Tally): void {
  const { account, type, atMs } = event
  const data = event.data as Readonly<Record<string, unknown>>
  switch (type) {
    case 'mail.arrived': {
      const { sent, recipients, findings } = data as { readonly sent?: SentFact; readonly recipients?: readonly { readonly address: string }[]; readonly findings?: unknown }
      if (sent === undefined) return
      const mine = of(sent.by, event)
      mine.messages += 1
      if (isListed(findings)) mine.listed += 1
      for (const { address } of recipients ?? []) addRecipient(mine, address)
      if (sent.shape !== null) mine.shapes.push({ shape: sent.shape, recipients: sent.to, atMs })
      if (sent.author !== null) mine.authors.push({ author: sent.author, atMs })
      return
    }
    case 'delivery.queued':
    case 'delivery.captured':
      if (account !== null && typeof data['recipient'] === 'string') addRecipient(of(account, event), data['recipient'])
      return
    case 'delivery.failed':
    case 'delivery.bounced':
      if (account !== null && isHard(data['category'])) of(account, event).bounces += 1
      return
  }
}

/** What lists say that is no doubt: good sites that were abused, and new ones, are not the sender's fault. */
const LISTED = /^(?:DBL_(?:SPAM|PHISH|MALWARE|BOTNET)|SURBL_(?:PHISH|MALWARE|ABUSE)|URIBL_BLACK)$/

function isListed(findings: unknown): boolean {
  return Array.isArray(findings) && findings.some((each: { readonly rule?: unknown } | null) => typeof each?.rule === 'string' && LISTED.test(each.rule))
}

function addRecipient({ account, recipients, domains }: Tally, address: string): void {
  recipients.push(recipientHash(account, address))
  const domain = domainPart(address)
  if (!FREEMAIL.has(domain) && domains.size < MAX_DOMAINS_IN_TALLY) domains.add(domain)
}
