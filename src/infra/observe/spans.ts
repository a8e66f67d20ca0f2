import { randomBytes } from 'node:crypto'
import type { Log } from '../../base/log.ts'
import { COLLECT_WITHIN_MS, LAST_SPANS_MS, MAX_QUEUED_SPANS, SPANS_A_REQUEST, SPANS_EVERY_MS } from './limits.ts'
import type { Counter, Metrics } from './metrics.ts'
import { type Attributes, encodeSpans, type Span } from './otlp.ts'

/** Where spans go. */
export interface Collector {
  /** `https://collector.example:4318`: what `/v1/traces` is put behind. */
  readonly url: string
  /** More header fields, such as a token. */
  readonly headers: Readonly<Record<string, string>>
}

/** What sending them takes. */
export interface SpansOptions {
  readonly collector: Collector
  /** Who we are: `service.name` and the like. */
  readonly resource: Attributes
  readonly metrics: Metrics
  readonly log: Log
}

/**
 * Sends a thread's spans to a collector (OTLP/HTTP, JSON), a batch a second. Whoever adds one never waits and hears of no failure: spans that find the queue full,
 * and those of a request that was not answered 200 in time, are dropped and counted. None is sent twice.
 */
export class Spans implements AsyncDisposable {
  readonly #options: SpansOptions
  readonly #endpoint: string
  readonly #counted: Counter<'outcome'>
  readonly #ended = new AbortController()
  #queue: Span[] = []
  #timer: NodeJS.Timeout | null = null
  #sending: Promise<void> | null = null
  #isWell = true

  constructor(options: SpansOptions) {
    this.#options = options
    this.#endpoint = `${options.collector.url.replace(/\/+$/, '')}/v1/traces`
    this.#counted = options.metrics.counter('merpati_spans_total', 'Spans for the collector of traces: sent, or dropped because it was silent or slow.', ['outcome'])
  }

  /** Takes a span. */
  add(span: Span): void {
    if (this.#queue.length >= MAX_QUEUED_SPANS || this.#ended.signal.aborted) {
      this.#counted.inc({ outcome: 'dropped' })
      return
    }
    this.#queue.push(span)
    this.#wait()
  }

  /** Sends what waits, for at most two seconds. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer ?? undefined)
    const late = setTimeout(() => this.#ended.abort(), LAST_SPANS_MS)
    await this.#sending
    while (this.#queue.length > 0) await this.#send()
    clearTimeout(late)
    this.#ended.abort()
  }

  #wait(): void {
    if (this.#sending !== null || this.#timer !== null) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      // It never rejects: what failed was counted.
      this.#sending = this.#send().finally(() => {
        this.#sending = null
        if (this.#queue.length > 0) this.#wait()
      })
    }, SPANS_EVERY_MS).unref()
  }

  async #send(): Promise<void> {
    const spans = this.#queue.splice(0, SPANS_A_REQUEST)
    const fault = await this.#post(encodeSpans(spans, this.#options.resource, () => randomBytes(8).toString('hex')))
    this.#counted.inc({ outcome: fault === null ? 'sent' : 'dropped' }, spans.length)
    this.#tell(fault)
  }

  /** Null when the collector has taken it; else why not. */
  async #post(body: string): Promise<string | null> {
    const { headers } = this.#options.collector
    try {
      const signal = AbortSignal.any([this.#ended.signal, AbortSignal.timeout(COLLECT_WITHIN_MS)])
      const response = await fetch(this.#endpoint, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body, redirect: 'manual', signal })
      await response.body?.cancel() // Nothing in it would change what we do.
      return response.status === 200 ? null : `it answered ${response.status}`
    } catch (error) {
      // Refused, reset, silent: the network's matters all of them.
      return whyOf(error)
    }
  }

  /** One line when it begins to fail, and one when it is well again. */
  #tell(fault: string | null): void {
    const isWell = fault === null
    if (isWell === this.#isWell) return
    this.#isWell = isWell
    if (isWell) this.#options.log.info('spans.sent_again')
    else this.#options.log.warn('spans.dropped', { why: fault })
  }
}

/** `fetch` tells the network's reason in the cause of its error. */
function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
