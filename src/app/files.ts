import { fail, ok, type Result } from '../base/result.ts'
import type { FetchedFile, FetchFile } from '../core/send/fetched.ts'
import { MAX_FETCHING } from '../core/send/limits.ts'
import { addressesOf, type AskAddresses, parseTarget, type TargetRules } from '../core/webhook/target.ts'
import { Problem } from '../infra/http/api/problem.ts'
import { getFrom } from '../infra/net/get-from.ts'

/** Times that a server may send us on. */
const MAX_MOVES = 3

/** Letters of a name of a file. */
const MAX_NAME_CHARS = 255

/** What fetching is made of. */
export interface FilesOptions {
  /** The same as for webhooks: what a stranger names must not make us visit our own house. */
  readonly rules: TargetRules
  readonly ask: () => Promise<AskAddresses>
  readonly userAgent: string
  /** Roots to trust instead of the usual ones, PEM. */
  readonly roots?: readonly string[]
  /** Told of each file. */
  readonly fetched: (outcome: 'fetched' | 'failed') => void
  /** Aborts when we stop. */
  readonly stopping: AbortSignal
}

/** Fetches files that requests name. The address is looked at, its name is asked, and exactly what DNS has answered is connected to: the same again wherever a server sends us on. */
export function fileFetcher(options: FilesOptions): FetchFile {
  let running = 0
  return async (url, maxBytes, deadline) => {
    if (running >= MAX_FETCHING) throw new Problem(503, 'busy', 'Too many files are being fetched: try again in a moment', { headers: { 'retry-after': '2' } })
    running += 1
    try {
      const fetched = await follow(options, url, maxBytes, AbortSignal.any([deadline, options.stopping]))
      options.fetched(fetched.ok ? 'fetched' : 'failed')
      return fetched
    } finally {
      running -= 1
    }
  }
}

async function follow({ rules, ask, userAgent, roots }: FilesOptions, first: string, maxBytes: number, signal: AbortSignal): Promise<Result<FetchedFile, string>> {
  let next = first
  for (let moves = 0; moves <= MAX_MOVES; moves++) {
    const parsed = parseTarget(next, rules)
    if (!parsed.ok) return parsed
    const url = parsed.value
    const found = await addressesOf(url, rules, await ask(), signal)
    if (found.kind === 'none') return fail(found.why)
    const got = await getFrom({ url, addresses: found.addresses, headers: { 'user-agent': userAgent }, maxBytes, ...(roots === undefined ? {} : { roots }) }, signal)
    if (got.kind === 'failed') return fail(got.why)
    if (got.kind === 'got') return ok({ bytes: got.bytes, type: got.type, name: nameOf(url) })
    const on = URL.parse(got.location, url)
    if (on === null) return fail('it sends us on to what is no address')
    on.hash = '' // It is never sent.
    next = on.href
  }
  return fail(`it sends us on more than ${MAX_MOVES} times`)
}

/** What a file is called by where it stands: the last part of the path. */
function nameOf({ pathname }: URL): string {
  const part = pathname.slice(pathname.lastIndexOf('/') + 1)
  return decoded(part).toWellFormed().replace(/[\p{Cc}/\\]/gu, '_').slice(0, MAX_NAME_CHARS)
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch (error) {
    if (error instanceof URIError) return part
    throw error
  }
}
