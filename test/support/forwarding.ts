import assert from 'node:assert/strict'
import { openWith, signWith } from '../../src/app/outbound.ts'
import type { Domain, MessageId, OrganizationId } from '../../src/base/brand.ts'
import type { Answer } from '../../src/base/dns.ts'
import { makeId } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import { systemClock } from '../../src/base/clock.ts'
import { makeDkimKeys } from '../../src/core/domain/dkim.ts'
import { createDomain } from '../../src/core/domain/sql.ts'
import { addDkimKeys } from '../../src/core/domain/sql-dkim.ts'
import { UNCHECKED } from '../../src/core/inbound/inspect/inspected.ts'
import { receiveWhole } from '../../src/core/inbound/receive.ts'
import type { AcceptedRecipient, Login, Session } from '../../src/core/inbound/session.ts'
import { createOrganization } from '../../src/core/organization/sql.ts'
import { deliver, type DeliverOptions } from '../../src/core/outbound/deliver.ts'
import { blockList } from '../../src/core/outbound/targets.ts'
import { OPPORTUNISTIC } from '../../src/core/outbound/tls-rule.ts'
import { BrokenTls } from '../../src/core/outbound/tls/broken-tls.ts'
import { transactionsOf } from '../../src/core/outbound/transaction.ts'
import { lease } from '../../src/core/queue/sql-lease.ts'
import { storedMessage } from '../../src/core/queue/sql-message.ts'
import type { AskKey } from '../../src/proto/dkim/ask-key.ts'
import { parseAddress } from '../../src/proto/mail/address.ts'
import { NO_MAIL_PARAMS, NO_RCPT_PARAMS } from '../../src/proto/smtp/envelope.ts'
import { openHouse, type TestHouse } from './house.ts'
import { NOW_MS } from './people.ts'
import type { SmtpPeer } from './smtp-peer.ts'

/** A house that strangers write to, with aliases that lead elsewhere, and that sends to a peer. */
export interface Forwarder extends AsyncDisposable {
  readonly house: TestHouse
  /** Key records by name, ours and those that a test puts in. */
  readonly records: Map<string, string>
  readonly ask: AskKey
  /** A domain of another organization. */
  addDomain(name: string, keys: 'with-keys' | 'no-keys'): Promise<OrganizationId>
  /** Takes a message for an address that leads to others, with these fields of ours in front: one string, or nothing was checked. */
  take(message: string, came: Came): Promise<void>
  /** Sends what waits for a domain to a peer. Gives the lines of all transcripts. */
  send(lane: string, peer: SmtpPeer): Promise<readonly string[]>
}

/** How a message came. */
export interface Came {
  readonly fields?: string
  readonly from?: string | null
  readonly to: readonly { readonly alias: string; readonly organization?: OrganizationId; readonly targets: readonly string[]; readonly spoolMs?: number }[]
  readonly login?: Login
  readonly isOwn?: true
  readonly body?: '8BITMIME'
}

const PEER = { address: '192.0.2.1', port: 1, localAddress: '127.0.0.1', localPort: 25 }

/** Opens one. `home.example` has keys. */
export async function openForwarder(): Promise<Forwarder> {
  const house = await openHouse()
  const { db, receive } = house
  const records = new Map<string, string>()
  const options = deliverOptions(house)
  const addKeys = async (organization: OrganizationId, domain: Domain): Promise<void> => {
    const keys = await makeDkimKeys(NOW_MS, NOW_MS)
    await db.write(addDkimKeys, { organization, domain, keys })
    for (const { selector, record } of keys) records.set(`${selector}._domainkey.${domain}`, record)
  }
  await addKeys(house.ani.organization, 'home.example' as Domain)
  return {
    house,
    records,
    async ask(name) {
      const text = records.get(name)
      return text === undefined ? { kind: 'none' } : { kind: 'texts', texts: [text] }
    },
    async addDomain(name, keys) {
      const organization = makeId('o', NOW_MS) as OrganizationId
      await db.write(createOrganization, { id: organization, name, locale: 'en', nowMs: NOW_MS })
      await db.write(createDomain, { id: makeId('d', NOW_MS), name: name as Domain, organization, subaddress: '+', aliasOf: null, nowMs: NOW_MS })
      if (keys === 'with-keys') await addKeys(organization, name as Domain)
      return organization
    },
    async take(message, { fields, from = 'orang@jauh.example', to, login, isOwn, body }) {
      const recipients = to.map(({ alias, organization, targets, spoolMs }): AcceptedRecipient => ({
        recipient: { to: addressOf(alias), ...NO_RCPT_PARAMS }, address: alias, receivers: [], elsewhere: targets,
        organization: organization ?? house.ani.organization, ...(spoolMs === undefined ? {} : { spoolMs }),
      }))
      const session: Session = { peer: PEER, protocol: 'esmtp', helo: 'mail.jauh.example', tls: null, login: login ?? null, ...(isOwn === undefined ? {} : { isOwn }) }
      const inspection = fields === undefined ? null : { push: () => {}, finish: async () => ({ ...UNCHECKED, fields }) }
      const queueing = { ...receive, house: { ...receive.house, outbound: 'queued' as const } }
      const sender = { ...NO_MAIL_PARAMS, from: from === null ? null : addressOf(from), body: body ?? NO_MAIL_PARAMS.body }
      for (const { code, text } of await receiveWhole(queueing, { session, sender, recipients }, Buffer.from(message, 'latin1'), inspection)) assert.equal(code, 250, text)
    },
    async send(lane, peer) {
      const lines: string[] = []
      const deliveries = await db.write(lease, { lane, holder: makeId('x', NOW_MS), limit: 100, nowMs: Date.now() })
      for (const transaction of transactionsOf(deliveries)) {
        const plan = { kind: 'hops', hops: [{ host: peer.address, port: peer.port, preference: 0 }], authentic: false } as const
        const routed = { plan, site: lane, provider: null, rule: OPPORTUNISTIC, security: 'plain', protocol: 'smtp', login: null, isChosen: true, isBackup: false } as const
        const { signal } = new AbortController()
        const done = await deliver(transaction, routed, null, options, signal)
        assert.deepEqual([...new Set(done.settled.map(({ outcome }) => outcome.kind))], ['delivered'])
        lines.push(...done.tries.flatMap(({ transcript }) => transcript.map(({ text }) => text)))
        await done.connection?.client.quit(signal)
      }
      return lines
    },
    [Symbol.asyncDispose]: () => house[Symbol.asyncDispose](),
  }
}

function deliverOptions({ db, segments }: TestHouse): DeliverOptions {
  const found = <T>(name: string, records: readonly T[]): Answer<T> => ({ kind: 'found', records, name, aliases: [], authentic: false, ttlMs: 60_000, stale: false })
  return {
    names: { mx: async (name) => found(name, []), addresses: async (name) => found(name, [name]) },
    open: openWith(silentLog),
    clock: systemClock,
    chance: () => 0.5,
    segments,
    stored: (message: MessageId) => storedMessage(db, message),
    sign: signWith(db, 'mx.home.example', null),
    source: { id: 'default', address: null, ehlo: 'mx.home.example', ageDays: 100, isWarming: false },
    families: [4],
    allowed: blockList(['127.0.0.0/8']),
    tls: { dane: () => null, sts: async () => null, operator: () => null },
    tlsNeed: 'opportunistic',
    brokenTls: new BrokenTls(),
    tlsSeen: () => {},
  }
}

function addressOf(text: string): Extract<ReturnType<typeof parseAddress>, { ok: true }>['value'] {
  const parsed = parseAddress(text)
  if (!parsed.ok) throw new Error(`no address: ${text}`)
  return parsed.value
}
