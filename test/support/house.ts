import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { byteStore, segmentReader } from '../../src/app/backend/bytes.ts'
import type { SmtpHouse } from '../../src/app/backend/smtp.ts'
import type { AccountId, Domain } from '../../src/base/brand.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { TaskGroup } from '../../src/base/task-group.ts'
import { Access } from '../../src/core/access/access.ts'
import { HASHES_RUNNING, HASHES_WAITING } from '../../src/core/access/limits.ts'
import { accessStore } from '../../src/core/access/sql.ts'
import { setPassword } from '../../src/core/access/sql-credential.ts'
import type { ReceiveOptions } from '../../src/core/inbound/receive.ts'
import { SendingGate } from '../../src/core/filter/outbound/gate.ts'
import { sqlReturned } from '../../src/core/inbound/sql-returned.ts'
import { receiveInto } from '../../src/core/inbound/sql-receive.ts'
import type { SegmentReader } from '../../src/core/mailbox/body.ts'
import { sqlRoutes } from '../../src/core/route/sql.ts'
import { FileBlobStore, recoverSegments } from '../../src/infra/blob/files.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { openTestDatabase } from './database.ts'
import { makeHome, makePerson, type Person } from './people.ts'

/** The real product without threads and sockets: a database, segments, ani and budi, and the services a session needs. */
export interface TestHouse extends AsyncDisposable {
  readonly db: Database
  /** Where what is made of the events lies. */
  readonly traces: Database
  readonly stats: Database
  readonly ani: Person
  readonly budi: Person
  readonly access: Access
  readonly receive: ReceiveOptions
  readonly segments: SegmentReader
  /** Accounts that were told of new mail, in order. */
  readonly arrivals: AccountId[]
}

/** The password of ani and budi. */
export const PASSWORD = 'merpati'

/** Opens a house with an empty store. `budi` has room for `budiBytes`. */
export async function openHouse(options: { readonly budiBytes?: number } = {}): Promise<TestHouse> {
  const opened = await openTestDatabase()
  const { db } = opened
  const folder = await mkdtemp(join(tmpdir(), 'merpati-segments-'))
  await recoverSegments(folder, new AbortController().signal)
  const blobs = new FileBlobStore({ folder, writer: 't', nowMs: Date.now, log: silentLog })
  const home = await makeHome(db)
  const ani = await makePerson(db, home, 'ani')
  const budi = await makePerson(db, home, 'budi', options.budiBytes ?? null)
  for (const { account } of [ani, budi]) await setPassword(db, account, PASSWORD, Date.now())
  const arrivals: AccountId[] = []
  const tasks = new TaskGroup(silentLog)
  const access = new Access({
    store: accessStore(db),
    clock: systemClock,
    log: silentLog,
    tasks,
    hashing: { running: HASHES_RUNNING, waiting: HASHES_WAITING },
    secret: new Uint8Array(32),
    loopback: 'exempt',
  })
  const receive: ReceiveOptions = {
    house: { hostname: 'mx.home.example', outbound: 'captured', secret: new Uint8Array(32) },
    clock: systemClock,
    routes: sqlRoutes(db),
    bytes: byteStore(blobs),
    inlineBytes: 32 * 1024,
    ...receiveInto(db),
    segments: segmentReader(blobs),
    arrived: (account) => arrivals.push(account),
    queued: () => {},
  }
  return {
    db,
    traces: opened.traces,
    stats: opened.stats,
    ani,
    budi,
    access,
    receive,
    segments: segmentReader(blobs),
    arrivals,
    async [Symbol.asyncDispose]() {
      await tasks.settled()
      await blobs[Symbol.asyncDispose]()
      await opened[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

/** What SMTP sessions of a house are made of. */
export function smtpHouse({ db, receive, access }: TestHouse): SmtpHouse {
  return {
    receive,
    access,
    hasRoom: () => true,
    postmasterDomain: async () => 'home.example' as Domain,
    forwardedFrom: () => null,
    etrn: { offered: () => false, start: async () => ({ kind: 'nothing' }) },
    callout: async () => 'unknown',
    inspect: async () => null,
    submission: { gate: new SendingGate({ caps: null, usage: async () => null }), clock: systemClock, log: silentLog },
    returned: sqlReturned(db, { ...receive.house, clock: receive.clock }),
    ended: () => {},
    log: silentLog,
  }
}
