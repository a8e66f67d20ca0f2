import { suspensionsInForce } from '../../core/pool/sql-stop.ts'
import { leasedCount, queueDepth } from '../../core/queue/sql-depth.ts'
import type { JobOptions } from './options.ts'

const STOPS = ['suspend', 'pause', 'slow'] as const

/** Makes the job that tells how much waits for each provider, how much is being tried, and how much is stopped. What there is none of any more is told as 0. */
export function watchDepth({ db, metrics, clock }: Pick<JobOptions, 'db' | 'metrics' | 'clock'>): () => Promise<void> {
  const waiting = metrics.gauge('merpati_queue_deliveries', 'Deliveries that wait to be sent, by provider.', ['provider'], 'max')
  const leased = metrics.gauge('merpati_queue_leased', 'Deliveries that are being tried.', [], 'max')
  const stopped = metrics.gauge('merpati_suspensions', 'What is suspended, paused or slowed now: sources, sites and streams, by themselves and in pairs.', ['what'], 'max')
  const told = new Set<string>()
  return async () => {
    const depth = await queueDepth(db)
    for (const provider of depth.keys()) told.add(provider)
    for (const provider of told) waiting.set({ provider }, depth.get(provider) ?? 0)
    leased.set({}, await leasedCount(db))
    const inForce = await suspensionsInForce(db, clock.nowMs())
    for (const what of STOPS) stopped.set({ what }, inForce.filter((each) => each.what === what).length)
  }
}
