import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../base/duration.ts'

/** Endpoints of one organization: each costs a row for every event. */
export const MAX_ENDPOINTS = 50

/** Letters of an address: what servers commonly take. */
export const MAX_URL_CHARS = 2_000

/** Letters of a description. */
export const MAX_DESCRIPTION_CHARS = 200

/** Letters of a name or an address in a payload. RFC 5321 §4.5.3.1: 64 + 1 + 255. */
export const MAX_NAME_CHARS = 320

/** Letters of what a server said. RFC 5321 §4.5.3.1.5 allows 512 a line, and replies have several. With at most 20 fields a payload stays below 20 KiB. */
export const MAX_REPLY_CHARS = 1_000

/** Octets of the tags in a payload, and of the metadata: some forty short entries. With them, too, a payload stays below 20 KiB. */
export const MAX_LABELS_BYTES = 4_096

/** Recipients of one message that are told of, each by itself: as many as are delivered to at once. */
export const MAX_RECIPIENTS = 50

/** For connecting, sending and the answer together. */
export const CALL_WITHIN_MS = 15 * SECOND_MS

/** For learning the addresses of an endpoint. */
export const NAMES_WITHIN_MS = 5 * SECOND_MS

/** Addresses of an endpoint that are tried in one call. */
export const MAX_ADDRESSES = 4

/** What is kept of an answer, for whoever looks for the reason of a failure. */
export const MAX_RESPONSE_BYTES = 1_024

/** Waits between the tries of one call. Together about six days: who repairs an endpoint after a long weekend misses nothing. */
export const RETRY_MS: readonly number[] = [
  5 * SECOND_MS, 30 * SECOND_MS, 2 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS, 3 * HOUR_MS, 6 * HOUR_MS, 12 * HOUR_MS, 24 * HOUR_MS, 24 * HOUR_MS, 24 * HOUR_MS, 24 * HOUR_MS,
  24 * HOUR_MS,
]

/** A wait is longer by a random part of this share of it, so that an endpoint that is back is not met by all calls at once. */
export const JITTER = 0.2

/** The longest wait that an endpoint may ask for. Longer ones are mistakes of clocks. */
export const MAX_RETRY_AFTER_MS = 6 * HOUR_MS

/** An endpoint that has taken nothing for so long is switched off. */
export const DISABLE_AFTER_MS = 5 * DAY_MS

/** How long the old secret goes on to sign beside a new one, unless said, and at most. */
export const OVERLAP_HOURS = 24
/** As above. */
export const MAX_OVERLAP_HOURS = 7 * 24

/** Calls of one endpoint at a time. A program that takes 100 ms is told of 80 events a second. */
export const CALLS_AT_ONCE = 8

/** Calls of one endpoint that are taken at once, and made a few at a time: each taking is a sync of the disk. After a crash so many are made again. */
export const CALLS_A_ROUND = 50

/** Endpoints that answer well and are served at a time, and those that do not: they wait for each other, and nobody for them. */
export const BRISK_ENDPOINTS = 64
/** As above, one call each. */
export const SLOW_ENDPOINTS = 64

/** An endpoint is slow when a call took so long. */
export const SLOW_MS = 3 * SECOND_MS

/** How often the log is looked at while there are endpoints. Who waits for an event is told within half a second. */
export const FOLLOW_EVERY_MS = 250

/** How often it is looked at while there are none, and how often endpoints are looked for. */
export const IDLE_EVERY_MS = SECOND_MS

/** How often it is looked for calls whose time has come. */
export const SWEEP_EVERY_MS = SECOND_MS

/** Wait before an outcome is written again that the database did not take. */
export const SETTLE_AGAIN_MS = SECOND_MS

/** An endpoint that fails is left alone, all its calls together, for this share of the time that it has been failing for, up to a minute: a backlog is not thrown at a server that is down. */
export const PAUSE_SHARE = 0.1
/** As above. */
export const MAX_PAUSE_MS = MINUTE_MS

/** How often the lease of the engine is renewed, and how long it holds. */
export const RENEW_EVERY_MS = 10 * SECOND_MS
/** As above. Another node takes over after this. */
export const LEASE_MS = 30 * SECOND_MS
