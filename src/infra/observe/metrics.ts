import { AggregatorRegistry, collectDefaultMetrics, Counter as PromCounter, Gauge as PromGauge, Histogram as PromHistogram, Registry } from 'prom-client'

/** Values for a metric's labels. Few values each, never an address or an id: every combination is kept for good. */
export type Labels<L extends string> = Readonly<Record<L, string>>

/** Counts what happened. */
export interface Counter<L extends string> {
  inc(labels: Labels<L>, by?: number): void
}

/** Shows how much there is now. */
export interface Gauge<L extends string> {
  set(labels: Labels<L>, value: number): void
}

/** Sorts measurements into buckets. */
export interface Histogram<L extends string> {
  observe(labels: Labels<L>, value: number): void
}

/** How the numbers of several threads become one: added, or one thread's answer for all. */
export type Merge = 'sum' | 'max' | 'first'

/** One thread's numbers, as they travel. */
export type Snapshot = readonly object[]

/**
 * A thread's metrics. Names start with `merpati_` and end with their unit (`_total`, `_seconds`, `_bytes`). Asking for a name
 * again gives the same metric.
 */
export class Metrics {
  readonly #registry = new Registry()

  counter<L extends string = never>(name: string, help: string, labels: readonly L[] = []): Counter<L> {
    const known = this.#registry.getSingleMetric(name) as PromCounter<L> | undefined
    const counter = known ?? new PromCounter<L>({ name, help, labelNames: [...labels], registers: [this.#registry] })
    return { inc: (values, by = 1) => counter.inc(values, by) }
  }

  gauge<L extends string = never>(name: string, help: string, labels: readonly L[] = [], merge: Merge = 'sum'): Gauge<L> {
    const known = this.#registry.getSingleMetric(name) as PromGauge<L> | undefined
    const gauge = known ?? new PromGauge<L>({ name, help, labelNames: [...labels], aggregator: merge, registers: [this.#registry] })
    return { set: (values, value) => gauge.set(values, value) }
  }

  /** A gauge without labels whose value is asked for when somebody looks. */
  measured(name: string, help: string, read: () => number, merge: Merge = 'sum'): void {
    const gauge: PromGauge = new PromGauge({ name, help, aggregator: merge, registers: [], collect: (): void => gauge.set(read()) })
    this.#registry.registerMetric(gauge)
  }

  histogram<L extends string = never>(name: string, help: string, labels: readonly L[], buckets: readonly number[]): Histogram<L> {
    const known = this.#registry.getSingleMetric(name) as PromHistogram<L> | undefined
    const histogram = known ?? new PromHistogram<L>({ name, help, labelNames: [...labels], buckets: [...buckets], registers: [this.#registry] })
    return { observe: (values, value) => histogram.observe(values, value) }
  }

  /** Adds what Node tells of the process (memory, CPU, event loop). In the main thread only: the others would count it again. */
  collectProcess(): void {
    collectDefaultMetrics({ register: this.#registry })
  }

  /** The numbers now. */
  async snapshot(): Promise<Snapshot> {
    return await this.#registry.getMetricsAsJSON()
  }
}

/** Content type of what `render` returns. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Merges the numbers of threads into Prometheus' text format. */
export async function render(snapshots: readonly Snapshot[]): Promise<string> {
  return await AggregatorRegistry.aggregate(snapshots.map((snapshot) => [...snapshot])).metrics()
}
