import { z } from 'zod'
import { finding } from '../finding.ts'
import { MAX_SYMBOLS, MAX_TOLD_CHARS, MAX_TOLD_RECIPIENTS, SCAN_WITHIN_MS } from './limits.ts'
import { found, type ScanOutcome, type ScannedMail, type Scanner } from './scanner.ts'

/** Posts a message to rspamd's `/checkv2` with these header fields. `failed` when there is no answer of 200 that is small enough. */
export type AskRspamd = (headers: RspamdHeaders, body: AsyncIterable<Uint8Array>, signal: AbortSignal) => Promise<{ readonly kind: 'answered'; readonly bytes: Uint8Array } | { readonly kind: 'failed'; readonly why: string }>

/** Header fields of a request; a list is one field for each of its values. */
export type RspamdHeaders = Readonly<Record<string, string | string[]>>

/** rspamd, as a scanner: a second opinion on top of our own checks, so mail is never put off for it and never refused by it alone. */
export function rspamdScanner(ask: AskRspamd): Scanner {
  return {
    name: 'rspamd',
    downRule: 'RSPAMD_DOWN',
    async scan(mail, signal) {
      const answered = await ask(headersOf(mail), mail.open(), AbortSignal.any([signal, AbortSignal.timeout(SCAN_WITHIN_MS)]))
      return answered.kind === 'failed' ? { kind: 'down', detail: answered.why } : readOpinion(answered.bytes)
    },
  }
}

/** What rspamd is told of how a message came. Peers chose most of it: what cannot stand in an HTTP field becomes `?`. */
export function headersOf({ id, client, helo, from, recipients, login }: ScannedMail): RspamdHeaders {
  return {
    IP: plain(client.address),
    ...(client.name === null ? {} : { Hostname: plain(client.name) }),
    Helo: plain(helo),
    From: plain(from),
    Rcpt: recipients.slice(0, MAX_TOLD_RECIPIENTS).map(plain),
    'Queue-Id': plain(id),
    ...(login === null ? {} : { User: plain(login) }),
  }
}

function plain(text: string): string {
  return text.slice(0, MAX_TOLD_CHARS).replace(/[^!-~]/gu, '?')
}

/** The parts of a reply that we use. rspamd says much more. */
const opinion = z.object({
  action: z.string().max(100),
  score: z.number(),
  required_score: z.number(),
  symbols: z.record(z.string(), z.object({ name: z.string().max(200), score: z.number() })).optional(),
})

/** rspamd's actions, and the rules they are to us. A custom action is told and weighs nothing. */
const RULES: Readonly<Record<string, string>> = {
  greylist: 'RSPAMD_GREYLIST',
  'soft reject': 'RSPAMD_SOFT_REJECT',
  'add header': 'RSPAMD_ADD_HEADER',
  'rewrite subject': 'RSPAMD_REWRITE_SUBJECT',
  reject: 'RSPAMD_REJECT',
}

/** Reads rspamd's reply. What makes no sense is as good as no answer. */
export function readOpinion(bytes: Uint8Array): ScanOutcome {
  const read = opinion.safeParse(jsonOf(bytes))
  if (!read.success) return { kind: 'down', detail: 'its reply was not understood' }
  const { action, score, required_score: required, symbols = {} } = read.data
  if (action === 'no action') return found()
  const strongest = Object.values(symbols).toSorted((a, b) => b.score - a.score).slice(0, MAX_SYMBOLS).filter((symbol) => symbol.score > 0)
  const rule = Object.hasOwn(RULES, action) ? RULES[action] : undefined
  const why = `${score.toFixed(1)} of ${required.toFixed(1)}: ${strongest.map(({ name }) => name).join(', ')}`
  return found(finding(rule ?? 'RSPAMD_OTHER', rule === undefined ? `${action} ${why}` : why))
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown
  } catch {
    return null // No JSON is no opinion.
  }
}
