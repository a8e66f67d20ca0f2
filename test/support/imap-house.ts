import { imapBackend } from '../../src/app/backend/imap.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Log } from '../../src/base/log.ts'
import { silentLog } from '../../src/base/log.ts'
import type { Identity } from '../../src/core/access/identity.ts'
import { BroadcastBus } from '../../src/infra/bus/broadcast.ts'
import type { ImapStore } from '../../src/proto/imap/backend.ts'
import { serveImap } from '../../src/proto/imap/serve.ts'
import { openHouse, type TestHouse } from './house.ts'
import { MemoryWire, type MemoryWireOptions } from './memory-wire.ts'

/** IMAP sessions on the real store, over wires in memory. */
export interface ImapHouse extends AsyncDisposable {
  readonly house: TestHouse
  /** A new connection. `plain`: passwords may come without TLS. */
  connect(options?: MemoryWireOptions & { readonly passwords?: 'plain' | 'tls-only' }): MemoryWire
  /** Asks all sessions to end, as a drain does. */
  stop(): void
  /** The mail of ani, to put messages there without a conversation. */
  readonly ani: ImapStore
}

let opened = 0

/** Opens a house with ani and budi. APPEND takes 100,000 octets at most. */
export async function openImapHouse(log: Log = silentLog, budiBytes: number | null = null): Promise<ImapHouse> {
  const house = await openHouse(budiBytes === null ? {} : { budiBytes })
  opened += 1
  const bus = new BroadcastBus(`imap-test-${process.pid}-${opened}`)
  const backendFor = (plainPasswords: 'allow' | 'refuse') =>
    imapBackend({
      db: house.db,
      bus,
      bytes: house.receive.bytes,
      segments: house.segments,
      access: house.access,
      clock: systemClock,
      hasRoom: () => true,
      maxMessageBytes: 100_000,
      inlineBytes: 4096,
      plainPasswords,
    })
  const backends = { allow: backendFor('allow'), refuse: backendFor('refuse') }
  const stopping = new AbortController()
  const sessions: Promise<void>[] = []
  const wires: MemoryWire[] = []
  const { account, organization } = house.ani
  const identity: Identity = { account, organization, login: 'ani@home.example', role: 'member', credential: 'c' }
  return {
    house,
    ani: await backends.allow.openStore(identity),
    connect(options = {}) {
      const wire = new MemoryWire(options)
      const mayBePlain = options.passwords !== 'tls-only'
      const config = { hostname: 'mx.home.example', tls: 'starttls', plainPasswords: mayBePlain, version: '0', clock: systemClock, log } as const
      sessions.push(serveImap(wire, mayBePlain ? backends.allow : backends.refuse, config, stopping.signal))
      wires.push(wire)
      return wire
    },
    stop: () => stopping.abort(),
    async [Symbol.asyncDispose]() {
      for (const wire of wires) wire.hangUp()
      await Promise.all(sessions)
      await bus[Symbol.asyncDispose]()
      await house[Symbol.asyncDispose]()
    },
  }
}

/** Puts a message into a mailbox of a store. */
export async function put(store: ImapStore, path: string, text: string, over: { readonly flags?: number; readonly keywords?: readonly string[] } = {}): Promise<number> {
  const bytes = Buffer.from(text, 'latin1')
  const appended = await store.append(
    {
      path,
      flags: over.flags ?? 0,
      keywords: over.keywords ?? [],
      internalDateMs: Date.UTC(2026, 0, 2, 3, 4, 5),
      sizeBytes: bytes.length,
      source: (async function* () {
        yield bytes
      })(),
    },
    new AbortController().signal,
  )
  if (appended.kind !== 'done') throw new Error(appended.why)
  return appended.uid
}
