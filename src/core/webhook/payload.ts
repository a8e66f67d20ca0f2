import { isoTime } from '../../base/iso-time.ts'
/** What a payload is made of. */
export interface PayloadParts {
  readonly type: string
  readonly atMs: number
  /** Counts the calls of an endpoint from 1 on: order is not promised, and who counts sees what is missing. */
  readonly sequence: number
  readonly data: Readonly<Record<string, unknown>>
}

/**
 * The body of a call. `timestamp` is where Standard Webhooks looks for the time of the event, `created_at` where programs written for other services
 * do. Text without a NUL or a lone surrogate: every database keeps it.
 */
export function payloadOf({ type, atMs, sequence, data }: PayloadParts): string {
  const at = isoTime(atMs)
  return JSON.stringify({ type, timestamp: at, created_at: at, sequence, data })
}
