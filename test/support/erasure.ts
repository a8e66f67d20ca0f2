import type { SegmentReader } from '../../src/core/mailbox/body.ts'

/** For erasures where no message is large. */
export const NO_SEGMENTS: SegmentReader = {
  read() {
    throw new Error('no message lies in a segment')
  },
}
