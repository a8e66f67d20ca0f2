import type { Fault } from '../../base/fault.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import { FETCH_WITHIN_MS, MAX_FETCHED, MAX_FETCHED_BYTES } from './limits.ts'
import type { EmailRequest } from './shape.ts'

/** A file that stood elsewhere. */
export interface FetchedFile {
  readonly bytes: Uint8Array
  /** What its server calls it; null when it does not say. */
  readonly type: string | null
  /** The last part of where it was found; '' for none. */
  readonly name: string
}

/** Fetches a file of at most so many octets; a refusal is a sentence for whoever wrote the address. */
export type FetchFile = (url: string, maxBytes: number, signal: AbortSignal) => Promise<Result<FetchedFile, string>>

/** Files of a request, by their place in its list. */
export type FetchedFiles = ReadonlyMap<number, FetchedFile>

/** No files. */
export const NONE_FETCHED: FetchedFiles = new Map()

/**
 * Fetches what a request names by its address, one after the other and all within one deadline. Whatever cannot be had is named, and then nothing of the request is done: mail without a file
 * that was meant to be in it is worse than none.
 */
export async function fetchFiles(attachments: EmailRequest['attachments'] = [], fetch: FetchFile): Promise<Result<FetchedFiles, readonly Fault[]>> {
  const named = attachments.flatMap(({ path }, at) => (path === undefined ? [] : [{ at, path }]))
  if (named.length === 0) return ok(NONE_FETCHED)
  if (named.length > MAX_FETCHED) return fail([{ field: 'attachments', code: 'too_big', message: `at most ${MAX_FETCHED} of them are fetched: give content` }])
  const signal = AbortSignal.timeout(FETCH_WITHIN_MS)
  const found = new Map<number, FetchedFile>()
  let left = MAX_FETCHED_BYTES
  for (const { at, path } of named) {
    const fetched = await fetch(path, left, signal)
    if (!fetched.ok) return fail([{ field: `attachments.${at}.path`, code: 'not_fetched', message: `could not be fetched: ${fetched.error}` }])
    left -= fetched.value.bytes.length
    found.set(at, fetched.value)
  }
  return ok(found)
}
