import type { Clock } from '../../base/clock.ts'
import type { Access } from '../../core/access/access.ts'
import type { Identity } from '../../core/access/identity.ts'
import type { ByteStore } from '../../core/inbound/bytes.ts'
import type { SegmentReader } from '../../core/mailbox/body.ts'
import type { Bus } from '../../infra/bus/bus.ts'
import type { Database } from '../../infra/db/database.ts'
import type { Client, ImapBackend } from '../../proto/imap/backend.ts'
import { UidMapCache } from '../../proto/imap/uid-map-cache.ts'
import { offeredMechanisms } from '../../proto/sasl/mechanisms.ts'
import { FlagCache } from './imap/flag-cache.ts'
import { imapStore } from './imap/store.ts'
import { saslExchange } from './sasl.ts'

/** What IMAP sessions of the house are made of; one for each worker. */
export interface ImapHouse {
  readonly db: Database
  readonly bus: Bus
  readonly bytes: ByteStore
  readonly segments: SegmentReader
  readonly access: Access
  readonly clock: Clock
  /** False while the disk is nearly full: no new mail then. */
  readonly hasRoom: () => boolean
  /** Largest message APPEND takes. */
  readonly maxMessageBytes: number
  /** Messages up to this lie in the database. */
  readonly inlineBytes: number
  /** Whether passwords may travel without TLS: the demo, on loopback, and nowhere else. */
  readonly plainPasswords: 'refuse' | 'allow'
}

/** The house, as IMAP sessions of one worker see it. They share number maps and flags. */
export function imapBackend(house: ImapHouse): ImapBackend<Identity> {
  const shared = { maps: new UidMapCache(), flags: new FlagCache() }
  const authority = ({ peer }: Client) => house.access.authority({ address: peer.address, protocol: 'imap' })
  return {
    mechanisms: ({ tls }) => offeredMechanisms(tls, house.plainPasswords),
    startAuth: (mechanism, client) => saslExchange(mechanism, authority(client), client.tls, house.plainPasswords),
    login: (user, password, client) => authority(client).checkPassword(user, password),
    openStore: async (identity) => imapStore(house, shared, identity),
  }
}
