import pg from 'pg'
import type { Log } from '../../base/log.ts'
import { TaskGroup } from '../../base/task-group.ts'
import type { BroadcastBus } from './broadcast.ts'
import type { Hints } from './bus.ts'
import { NOTIFY_EVERY_MS, RECONNECT_FIRST_MS, RECONNECT_MOST_MS } from './limits.ts'
import { Outbox } from './outbox.ts'
import { pack, unpack } from './payload.ts'

const CHANNEL = 'merpati_bus'

/** How a node joins the others. */
export interface PostgresBridgeOptions {
  readonly url: string
  /** The bus of this process; only one thread of it may be the bridge. */
  readonly bus: BroadcastBus
  /** Tells this node's own notices from the others'. Unique for each start. */
  readonly node: string
  readonly log: Log
}

/**
 * Joins the buses of several nodes through PostgreSQL's LISTEN and NOTIFY, on a connection of its own, outside every
 * mail transaction. While the connection is broken hints are lost, and it is made again with growing pauses.
 */
export class PostgresBridge implements AsyncDisposable {
  readonly #options: PostgresBridgeOptions
  readonly #outbox = new Outbox()
  readonly #tasks: TaskGroup
  readonly #untap: () => void
  #client: pg.Client | null = null
  #timer: NodeJS.Timeout | null = null
  #failures = 0
  #stopped = false

  private constructor(options: PostgresBridgeOptions) {
    this.#options = options
    this.#tasks = new TaskGroup(options.log)
    this.#untap = options.bus.tap((hints) => this.#gather(hints))
  }

  /** Joins now; when PostgreSQL does not answer, later. Never rejects. */
  static async join(options: PostgresBridgeOptions): Promise<PostgresBridge> {
    const bridge = new PostgresBridge(options)
    await bridge.#connect()
    return bridge
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    this.#untap()
    clearTimeout(this.#timer ?? undefined)
    await this.#tasks.settled()
    await this.#client?.end()
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({ connectionString: this.#options.url, connectionTimeoutMillis: RECONNECT_MOST_MS, keepAlive: true })
    let lost = false
    const onLost = (error: unknown): void => {
      if (lost) return
      lost = true
      this.#lost(client, error)
    }
    client.on('error', onLost)
    client.on('end', () => onLost(null))
    client.on('notification', ({ payload }) => this.#heard(payload ?? ''))
    try {
      await client.connect()
      await client.query(`LISTEN ${CHANNEL}`)
      this.#client = client
      this.#failures = 0
    } catch (error) {
      onLost(error)
    }
  }

  #lost(client: pg.Client, error: unknown): void {
    this.#client = null
    this.#outbox.empty()
    if (this.#stopped) return
    const waitMs = Math.min(RECONNECT_FIRST_MS * 2 ** this.#failures, RECONNECT_MOST_MS)
    this.#failures += 1
    this.#options.log.warn('bus.disconnected', { error, waitMs })
    this.#tasks.add('bus.close-failed', client.end())
    clearTimeout(this.#timer ?? undefined)
    this.#timer = setTimeout(() => this.#tasks.add('bus.connect-failed', this.#connect()), waitMs)
  }

  #heard(payload: string): void {
    const notice = unpack(payload)
    if (notice !== null && notice.node !== this.#options.node) this.#options.bus.relay(notice.hints)
  }

  #gather(hints: Hints): void {
    if (this.#client === null) return // Lost: hints are not kept for later, since hearers poll.
    if (this.#outbox.size === 0) this.#timer = setTimeout(() => this.#notify(), NOTIFY_EVERY_MS)
    for (const [topic, hint] of hints) this.#outbox.add(topic, hint)
  }

  #notify(): void {
    const hints = this.#outbox.empty()
    const client = this.#client
    if (client === null) return
    for (const payload of pack(this.#options.node, hints)) {
      this.#tasks.add('bus.notify-failed', client.query('SELECT pg_notify($1, $2)', [CHANNEL, payload]))
    }
  }
}
