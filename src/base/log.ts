/** How loud a line is. `debug` may hold addresses; the others may not. */
export type Level = 'debug' | 'info' | 'warn' | 'error'

/** Fields of a log line. Never a secret, never message text. */
export type Fields = Readonly<Record<string, unknown>>

/** One event a fact: a past-tense dotted name and fields, no prose. */
export interface Log {
  debug(event: string, fields?: Fields): void
  info(event: string, fields?: Fields): void
  warn(event: string, fields?: Fields): void
  error(event: string, fields?: Fields): void
}

/** Where finished lines go: one JSON object a line, newline included. */
export type LogSink = (line: string) => void

const RANK: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

/** A log that writes JSON lines of at least `level` to `sink`, each with the time and `base` fields. */
export function makeLog(sink: LogSink, level: Level, nowMs: () => number, base: Fields = {}): Log {
  const at = (own: Level) => (event: string, fields: Fields = {}): void => {
    if (RANK[own] < RANK[level]) return
    sink(`${JSON.stringify({ at: new Date(nowMs()).toISOString(), level: own, event, ...base, ...fields }, plain)}\n`)
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** A log that keeps nothing: for tools and tests that do not look. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** Errors and bigints have no JSON of their own. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Error) {
    return { name: value.name, message: value.message, stack: value.stack, ...(value.cause === undefined ? {} : { cause: value.cause }) }
  }
  return typeof value === 'bigint' ? value.toString() : value
}
