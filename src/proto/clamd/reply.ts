import { MAX_NAME_CHARS } from './limits.ts'

/** What clamd says of one stream. `too-large`: over its StreamMaxLength. `error`: it could not scan; `detail` is for the log. */
export type ScanReply =
  | { readonly kind: 'clean' }
  | { readonly kind: 'found'; readonly name: string }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'error'; readonly detail: string }

/** What clamd is, and how old its signatures are. `signed` parts are null when it has no database of ClamAV's own. */
export interface ClamdVersion {
  readonly engine: string
  readonly database: number | null
  /** When the database was made, milliseconds since 1970. clamd tells its local time without a zone: taken for UTC, so up to 14 hours wrong. */
  readonly signedMs: number | null
}

/** Reads the reply to INSTREAM, without its NUL. clamd(8). Anything that is not understood is an error, never clean. */
export function parseScanReply(text: string): ScanReply {
  const said = text.trim()
  if (said === 'stream: OK') return { kind: 'clean' }
  if (said.endsWith(' FOUND')) {
    const name = plain(said.slice(said.startsWith('stream: ') ? 'stream: '.length : 0, -' FOUND'.length))
    // The name of the signature is for people; that something was found must not hang on it.
    return { kind: 'found', name: name === '' ? 'unnamed' : name }
  }
  if (/\bsize limit exceeded\b/.test(said)) return { kind: 'too-large' }
  return { kind: 'error', detail: plain(said) }
}

/** Reads the reply to VERSION: `ClamAV 1.4.3/27500/Wed Jan  1 10:00:00 2025`, or its first part alone. Null for what is none. */
export function parseVersionReply(text: string): ClamdVersion | null {
  const [engine = '', database = '', made = ''] = text.trim().slice(0, 200).split('/')
  if (!engine.startsWith('ClamAV ')) return null
  const signedMs = made === '' ? Number.NaN : Date.parse(`${made} UTC`)
  return { engine: plain(engine), database: /^\d{1,9}$/.test(database) ? Number(database) : null, signedMs: Number.isNaN(signedMs) ? null : signedMs }
}

/** Signatures come from files that clamd was given, and may be named like anything. */
function plain(text: string): string {
  return text.slice(0, MAX_NAME_CHARS).toWellFormed().replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim()
}
