import type { AccountId, EmailId, ThreadId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { makeId } from '../../base/ids.ts'
import { parseAddress } from '../../proto/mail/address.ts'
import { encodeIndex, prefixIndex } from '../../proto/mail/index-code.ts'
import { parseMessageIds } from '../../proto/mail/message-id.ts'
import { indexMessage } from '../../proto/mail/mime-index.ts'
import { threadKeys } from '../../proto/mail/thread-key.ts'
import { deliveredTo, returnPath } from '../../proto/mail/trace-header.ts'
import { makeView, readView } from '../../proto/mail/view.ts'
import { type SegmentReader, storedBytes } from '../mailbox/body.ts'
import type { Hook } from '../route/pattern.ts'
import { resolve } from '../route/resolve.ts'
import type { Receiver, RouteStore } from '../route/route.ts'
import { JUNK_KEYWORD } from '../mailbox/judged.ts'
import type { LocalRecipient } from './sql.ts'
import type { DueDelivery, ReleaseArgs } from './sql-release.ts'

/** Gives arrays that own their memory, as what goes to the writer must. */
const UTF8 = new TextEncoder()

/** What releasing is made of. */
export interface ReleaseOptions {
  readonly clock: Clock
  readonly routes: RouteStore
  readonly segments: SegmentReader
  /** Local deliveries whose time has come, at most a chunk. */
  readonly due: (nowMs: number) => Promise<readonly DueDelivery[]>
  readonly release: (args: ReleaseArgs) => Promise<'delivered' | 'failed' | 'suppressed' | 'settled'>
  readonly arrived: (account: AccountId) => void
}

/** Delivers mail that was held or left for later, until none is due. Returns how many deliveries were settled. */
export async function releaseDue(options: ReleaseOptions, signal: AbortSignal): Promise<number> {
  let settled = 0
  while (!signal.aborted) {
    const due = await options.due(options.clock.nowMs())
    if (due.length === 0) return settled
    for (const delivery of due) await releaseOne(options, delivery)
    settled += due.length
  }
  return settled
}

async function releaseOne(options: ReleaseOptions, delivery: DueDelivery): Promise<void> {
  const { id, organization, account, message, sender, recipient, stream, priority } = delivery
  const nowMs = options.clock.nowMs()
  const thrownAway = new Set((delivery.view.apart ?? []).flatMap(({ account: receiver, junk }) => (junk === null ? [receiver] : [])))
  const { receivers: all, hooks: programs } = await leadsTo(options.routes, recipient)
  const receivers = all.filter((receiver) => !thrownAway.has(receiver.account))
  const about = { envelope: { from: sender, helo: null, client: null, tls: false }, authentication: null, spam: null }
  const hooks = programs.map((hook) => ({ id: makeId('i', nowMs), hook, recipient, skips: delivery.view.skips, about, dueMs: nowMs }))
  const recipients = receivers.length === 0 ? [] : await emailsFor(options, delivery, receivers, nowMs)
  const state = await options.release({ delivery: { id, organization, account, message, sender, recipient, stream, priority }, recipients, hooks, nowMs })
  if (state === 'delivered') for (const { account: receiver } of receivers) options.arrived(receiver)
}

/** Asked again: the address may lead elsewhere by now. */
async function leadsTo(routes: RouteStore, recipient: string): Promise<{ readonly receivers: readonly Receiver[]; readonly hooks: readonly Hook[] }> {
  const address = parseAddress(recipient)
  if (!address.ok || address.value.domain === null) return NOWHERE
  const route = await resolve(routes, address.value.local, address.value.domain)
  return route.kind === 'local' ? route : NOWHERE
}

const NOWHERE = { receivers: [], hooks: [] }

async function emailsFor(options: ReleaseOptions, delivery: DueDelivery, receivers: readonly Receiver[], nowMs: number): Promise<readonly LocalRecipient[]> {
  const { view, recipient, sender } = delivery
  const shown = await shownBytes(options.segments, delivery)
  const index = indexMessage(shown)
  const own = returnPath(sender === '' ? null : sender) + deliveredTo(recipient)
  const ownBytes = Buffer.byteLength(own)
  const [messageId = null] = parseMessageIds(index.envelope.messageId ?? '', 1)
  const keys = threadKeys({ subject: index.envelope.subject, messageId, references: index.references })
  const junk = new Map((view.apart ?? []).map((each) => [each.account, each.junk]))
  return receivers.map((receiver) => ({
    address: recipient,
    organization: receiver.organization,
    email: {
      account: receiver.account,
      mailbox: junk.get(receiver.account) ?? receiver.inbox,
      email: makeId('e', nowMs) as EmailId,
      newThread: makeId('t', nowMs) as ThreadId,
      threadKeys: keys,
      receivedMs: nowMs,
      savedMs: nowMs,
      size: index.size + ownBytes,
      prefix: UTF8.encode(own + view.prefix),
      skips: view.skips,
      structure: prefixIndex(encodeIndex(index), ownBytes),
      flags: 0,
      keywords: junk.has(receiver.account) ? [JUNK_KEYWORD] : [],
      quota: 'grace', // It was accepted, so it must not be refused for want of room.
    },
  }))
}

/** What was accepted, in one piece: the index must count what the client will see. Bounded by the largest message we take. */
async function shownBytes(segments: SegmentReader, { view, location, size }: DueDelivery): Promise<Uint8Array> {
  const prefix = Buffer.from(view.prefix)
  return readView(makeView(prefix.length, view.skips, size), prefix, await storedBytes(location, segments, size))
}
