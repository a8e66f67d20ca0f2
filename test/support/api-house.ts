import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeApi } from '../../src/app/api.ts'
import { demoConfig } from '../../src/app/config/demo.ts'
import { type Inspection, openInspection } from '../../src/app/inspect/inspect.ts'
import type { Services } from '../../src/app/worker.ts'
import type { OrganizationId } from '../../src/base/brand.ts'
import { silentLog } from '../../src/base/log.ts'
import { TaskGroup } from '../../src/base/task-group.ts'
import { type ApiKeyArgs, createApiKey } from '../../src/core/access/sql-api-key.ts'
import { BroadcastBus } from '../../src/infra/bus/broadcast.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { apiHandler } from '../../src/infra/http/api/handler.ts'
import type { Rates } from '../../src/infra/http/api/rate.ts'
import { bucketMemory } from '../../src/infra/http/api/shared-buckets.ts'
import type { HttpRequest } from '../../src/infra/http/request.ts'
import { Metrics } from '../../src/infra/observe/metrics.ts'
import type { ApiAnswer } from './api.ts'
import { openHouse, PASSWORD } from './house.ts'
import type { Person } from './people.ts'

/** What is asked. `json` makes it a POST unless `method` says otherwise. */
export interface Asked {
  readonly method?: string
  readonly json?: unknown
  readonly body?: string
  readonly address?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The whole API as the program composes it, on a database of its own: without threads and sockets. */
export interface ApiHouse extends AsyncDisposable {
  readonly db: Database
  /** Where what is made of the events lies. */
  readonly traces: Database
  readonly stats: Database
  /** The owner of `home.example`, in organization `home`. */
  readonly ani: Person
  readonly budi: Person
  readonly home: OrganizationId
  /** Makes a live key of an organization; it may do everything unless told otherwise. */
  key(organization: OrganizationId, over?: Partial<ApiKeyArgs>): Promise<string>
  /** Asks `/v1`; with the key '' without one. */
  ask(key: string, path: string, asked?: Asked): Promise<ApiAnswer>
  /** The headers that a page of somebody who has logged in sends. The password of whoever is there from the start is `merpati`. */
  logIn(address: string, password?: string): Promise<Readonly<Record<string, string>>>
}

/** Opens it. Time is the machine's. */
export async function openApiHouse({ rates }: { readonly rates?: Rates } = {}): Promise<ApiHouse> {
  const house = await openHouse()
  const dataDir = await mkdtemp(join(tmpdir(), 'merpati-api-'))
  const config = demoConfig({ MERPATI_DATA: dataDir })
  if (!config.ok) throw new Error(config.error)
  const tasks = new TaskGroup(silentLog)
  const draining = new AbortController()
  const bus = new BroadcastBus()
  let inspection: Promise<Inspection> | null = null
  const reading = new TaskGroup(silentLog) // What the checks of mail do for as long as they are there.
  // What the API does not use is not there.
  const services: Services = {
    ...{ config: rates === undefined ? config.value : { ...config.value, api: rates }, db: house.db, blobs: { append: house.receive.bytes.append }, space: { isLow: false }, bus, inspection: () => (inspection ??= openInspection({ ...services, tasks: reading })), access: house.access, names: { get: async () => null } },
    ...{ requestBuckets: bucketMemory(), secret: new Uint8Array(32), tls: null, tasks, log: silentLog, metrics: new Metrics(), spans: null, mergedMetrics: async () => '', draining: draining.signal },
  } as unknown as Services
  const handler = apiHandler({ load: async () => makeApi(services) })
  const made: ApiHouse = {
    ...{ db: house.db, traces: house.traces, stats: house.stats, ani: house.ani, budi: house.budi, home: house.ani.organization },
    async key(organization, over = {}) {
      const key = await createApiKey(house.db, { organization, name: 'test', mode: 'live', scopes: ['*'], others: 'keep', nowMs: Date.now(), ...over })
      if (key === null) throw new Error('too many keys')
      return key.key
    },
    async logIn(address, password = PASSWORD) {
      const origin = config.value.login.origins[0] ?? ''
      const { status, headers, body } = await made.ask('', '/v1/session', { json: { address, password }, headers: { origin } })
      if (status !== 200) throw new Error(JSON.stringify(body))
      return { origin, cookie: headers.get('set-cookie')?.split(';')[0] ?? '', 'x-csrf-token': String(body['csrf_token']) }
    },
    async ask(key, path, { json, body = json === undefined ? undefined : JSON.stringify(json), method = body === undefined ? 'GET' : 'POST', address = '127.0.0.1', headers = {} } = {}) {
      const url = new URL(path, 'http://merpati')
      const bytes = new TextEncoder().encode(body ?? '')
      const type = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(bytes.length) }
      const request: HttpRequest = { method, path: url.pathname, query: url.searchParams, headers: { ...(key === '' ? {} : { authorization: `Bearer ${key}` }), ...type, ...headers }, address, secure: false, body: async () => bytes }
      const answer = await handler(request, new AbortController().signal)
      await tasks.settled() // The last use of the key is written.
      const text = typeof answer.body === 'string' ? answer.body : Buffer.from(answer.body ?? []).toString()
      return { status: answer.status, headers: new Headers(answer.headers), body: /json/.test(answer.headers?.['content-type'] ?? '') && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : { text } }
    },
    async [Symbol.asyncDispose]() {
      draining.abort()
      await reading.settled()
      await bus[Symbol.asyncDispose]()
      await house[Symbol.asyncDispose]()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
  return made
}
