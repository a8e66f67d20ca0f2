import type { Folder } from './folder.ts'
import { listSegments } from './folder.ts'
import { COPY_BATCH_BYTES } from './limits.ts'
import type { RecordHeader } from './record.ts'
import type { BlobRecord, BlobRef } from './store.ts'
import type { Finding } from './walk.ts'
import { walk } from './walk.ts'

/** A record as the caller judges it. */
export interface StoredRecord {
  readonly ref: BlobRef
  readonly organization: string
  readonly message: string
}

/** A record that has a second place now. The old one stays until the segment is removed. */
export interface Moved extends StoredRecord {
  readonly to: BlobRef
}

/** What became of compacting a segment. */
export type Compaction =
  /** Update the rows, then `remove` the segment. Empty when nothing in it was kept. */
  | { readonly kind: 'moved'; readonly moved: readonly Moved[] }
  /** Everything is kept: there is nothing to gain. */
  | { readonly kind: 'full' }
  /** A worker still appends to it. */
  | { readonly kind: 'open' }
  | { readonly kind: 'gone' }
  /** Records are broken; somebody must look before anything is thrown away. */
  | { readonly kind: 'damaged'; readonly findings: readonly Finding[] }

/** What compaction needs of the store. */
export interface Copying {
  readonly readAll: (ref: BlobRef, signal: AbortSignal) => Promise<Uint8Array | 'gone'>
  readonly append: (records: readonly BlobRecord[], signal: AbortSignal) => Promise<readonly BlobRef[]>
}

/**
 * Copies the records that `keep` names to the end of the caller's own segment. Durable when it resolves; a crash before the rows are
 * updated leaves copies that the next compaction of that segment drops.
 */
export async function compact(
  folder: Folder,
  segment: string,
  keep: (record: StoredRecord) => boolean,
  store: Copying,
  signal: AbortSignal,
): Promise<Compaction> {
  const info = (await listSegments(folder)).find(({ name }) => name === segment)
  if (info === undefined) return { kind: 'gone' }
  if (info.open) return { kind: 'open' }
  const headers = new Map<StoredRecord, RecordHeader>()
  const broken: Finding[] = []
  for await (const finding of walk(folder, segment, signal)) {
    if (finding.kind === 'garbage' || finding.problem !== null) broken.push(finding)
    else headers.set(storedAt(segment, finding.offset, finding.header), finding.header)
  }
  if (broken.length > 0) return { kind: 'damaged', findings: broken }
  const kept = [...headers].filter(([record]) => keep(record))
  if (kept.length === headers.size && kept.length > 0) return { kind: 'full' }
  const moved: Moved[] = []
  let batch: Copy[] = []
  let bytesHeld = 0
  for (const [at, [record, { digest }]] of kept.entries()) {
    const bytes = await store.readAll(record.ref, signal)
    if (bytes === 'gone') return { kind: 'gone' }
    batch.push({ record, copy: { organization: record.organization, message: record.message, bytes, digest } })
    bytesHeld += bytes.length
    if (bytesHeld < COPY_BATCH_BYTES && at < kept.length - 1) continue
    moved.push(...(await place(batch, store, signal)))
    batch = []
    bytesHeld = 0
  }
  return { kind: 'moved', moved }
}

interface Copy {
  readonly record: StoredRecord
  readonly copy: BlobRecord
}

async function place(batch: readonly Copy[], store: Copying, signal: AbortSignal): Promise<readonly Moved[]> {
  const refs = await store.append(batch.map(({ copy }) => copy), signal)
  return batch.map(({ record }, i) => {
    const to = refs[i]
    if (to === undefined) throw new Error('an append gave fewer refs than records')
    return { ...record, to }
  })
}

function storedAt(segment: string, offset: number, { organization, message, length }: RecordHeader): StoredRecord {
  return { ref: { segment, offset, length }, organization, message }
}
