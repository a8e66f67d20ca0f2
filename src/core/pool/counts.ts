import { STREAM_SAMPLE, STREAM_WINDOW } from './limits.ts'

/** The fate of the last 500 recipients of a stream, a bit each: was the user unknown? Plain, so that it can be stored. */
export interface StreamWindow {
  /** 32 recipients a number. */
  readonly bits: number[]
  /** Where the next one goes. */
  next: number
  seen: number
  unknown: number
}

/** A stream that has sent nothing yet. */
export function newStreamWindow(): StreamWindow {
  return { bits: new Array<number>(Math.ceil(STREAM_WINDOW / 32)).fill(0), next: 0, seen: 0, unknown: 0 }
}

/** Notes one recipient who was accepted or refused for good; other endings say nothing of the list. O(1). */
export function noteRecipient(window: StreamWindow, fate: 'known' | 'unknown'): void {
  const word = window.next >>> 5
  const mask = 1 << (window.next & 31)
  const before = window.bits[word] ?? 0
  if ((before & mask) !== 0) window.unknown -= 1
  window.bits[word] = fate === 'unknown' ? before | mask : before & ~mask
  if (fate === 'unknown') window.unknown += 1
  window.seen = Math.min(STREAM_WINDOW, window.seen + 1)
  window.next = (window.next + 1) % STREAM_WINDOW
}

/** Unknown users in percent, for `Shaper.hearCount('unknown-users', ...)`; 0 while there are too few recipients to tell. */
export function unknownPercent({ seen, unknown }: StreamWindow): number {
  return seen < STREAM_SAMPLE ? 0 : (unknown * 100) / seen
}
