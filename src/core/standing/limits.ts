import { HOUR_MS } from '../../base/duration.ts'

/** The lengths of time that shares are made of: a day tells of a mailing, a week of a habit. deliverability §4.7. */
export const WINDOW_MS = { day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS } as const

/** Rows of a measurement: streams, providers and categories of one organization. There are some 4, 40 and 30, and never all of them together. */
export const MAX_ROWS = 2_000

/** Streams of an organization whose standing is known: as many as it can have with every provider. */
export const MAX_STANDINGS = 500

/** Events looked at before the organizations they are about are judged: several seconds of the fastest mail. */
export const MAX_CHUNKS = 40

/** Accounts that are told: those who administer an organization are few. */
export const MAX_OWNERS = 10

/** What somebody says when they let a stream go on. One line for whoever asks later. */
export const MAX_CAUSE_CHARS = 500
