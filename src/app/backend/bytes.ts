import { Unavailable } from '../../base/unavailable.ts'
import type { ByteStore } from '../../core/inbound/bytes.ts'
import type { SegmentReader } from '../../core/mailbox/body.ts'
import type { Location } from '../../core/mailbox/mailbox.ts'
import type { BlobRef, BlobStore } from '../../infra/blob/store.ts'

/** Appends are never stopped half-way: the message has been accepted by then. */
const NEVER = new AbortController().signal

/** The segments of the house, as receiving sees them. */
export function byteStore(blobs: BlobStore): ByteStore {
  return {
    async append({ organization, message }, bytes) {
      const [ref] = await blobs.append([{ organization, message, bytes }], NEVER)
      if (ref === undefined) throw new Error('the blob store kept nothing and said nothing')
      return locationOf(ref)
    },
    async spool({ organization, message }) {
      const spool = blobs.spool(organization, message)
      return {
        write: (bytes) => spool.write(bytes),
        commit: async () => locationOf((await spool.commit()).ref),
        abort: () => spool.abort(),
      }
    },
  }
}

/** The segments of the house, as readers see them. */
export function segmentReader(blobs: BlobStore): SegmentReader {
  return {
    async *read({ segment, offset, length }, start, end) {
      const bytes = await blobs.read({ segment, offset, length }, start, end, NEVER)
      // Compaction moved it between the read of its row and now: asking again finds the new place.
      if (bytes === 'gone') throw new Unavailable('segment')
      yield* bytes
    },
  }
}

function locationOf({ segment, offset, length }: BlobRef): Location {
  return { kind: 'segment', segment, offset, length }
}
