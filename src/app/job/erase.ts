import type { FileBlobStore } from '../../infra/blob/files.ts'
import { erase } from '../../core/subject/sql-run.ts'
import { openErasures } from '../../core/subject/sql-erasure.ts'
import type { JobOptions } from './options.ts'

/** Goes on with every erasure that was asked for. */
export async function eraseSubjects({ db, traces, clock, blobs, segments, cutLogs, log, metrics }: Pick<JobOptions, 'db' | 'traces' | 'clock' | 'blobs' | 'segments' | 'cutLogs' | 'log' | 'metrics'>, signal: AbortSignal): Promise<void> {
  const erased = metrics.counter('merpati_subject_erasures_total', 'Erasures that were done.')
  for (const erasure of await openErasures(db)) {
    const { organization, id, state, changed } = await erase({ db, traces, clock, segments, areThere: segmentsThere(blobs), cutLogs }, erasure, signal)
    if (state !== 'done') continue
    erased.inc({})
    log.info('subject.erased', { organization, erasure: id, changed })
  }
}

/** Whether any of these segments is still in the folder. */
export function segmentsThere(blobs: Pick<FileBlobStore, 'list'>): (segments: readonly string[]) => Promise<boolean> {
  return async (segments) => segments.length > 0 && (await blobs.list()).some(({ name }) => segments.includes(name))
}
