import { queueDepth } from '../../core/queue/sql-depth.ts'
import type { JobOptions } from './options.ts'

/** Makes the job that tells how much waits for each provider. One that nothing waits for any more is told as 0. */
export function watchDepth({ db, metrics }: Pick<JobOptions, 'db' | 'metrics'>): () => Promise<void> {
  const waiting = metrics.gauge('merpati_queue_deliveries', 'Deliveries that wait to be sent, by provider.', ['provider'], 'max')
  const told = new Set<string>()
  return async () => {
    const depth = await queueDepth(db)
    for (const provider of depth.keys()) told.add(provider)
    for (const provider of told) waiting.set({ provider }, depth.get(provider) ?? 0)
  }
}
