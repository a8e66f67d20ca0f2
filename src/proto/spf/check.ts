import { checkHost, type Ruling } from './check-host.ts'
import { parseClient } from './client.ts'
import type { SpfDns } from './dns.ts'
import { smallName } from './domain-spec.ts'
import { MAX_EXPLANATION_CHARS, MAX_IDENTITY_CHARS } from './limits.ts'
import { expandText, parseMacros } from './macro.ts'
import { Questions } from './questions.ts'
import type { SpfResult } from './result.ts'
import { type Run, targetOf, valuesFor } from './run.ts'

/** Who sends. */
export interface SpfInput {
  /** The address that the connection came from. */
  readonly client: string
  /** What the client called itself, as it was said. */
  readonly helo: string
  /** The reverse path without its brackets, local part unquoted; '' for the null sender. */
  readonly mailFrom: string
  /** Our name, for explanations. */
  readonly receiver: string
  readonly nowMs: number
}

/**
 * Checks whether a client may send for the sender's domain; for the null sender, for the name it called itself (RFC 7208 §2.4). Never
 * throws and never rejects for what strangers publish or say.
 *
 * `signal` ends it with `temperror`: the caller sets the limit of time, `SPF_WITHIN_MS`.
 */
export function checkSpf(input: SpfInput, dns: SpfDns, signal: AbortSignal): Promise<SpfResult> {
  return check(input, input.mailFrom === '' ? 'helo' : 'mailfrom', dns, signal)
}

/** Checks the name that the client called itself, whoever the sender is. RFC 7208 §2.3. */
export function checkSpfOfHelo(input: SpfInput, dns: SpfDns, signal: AbortSignal): Promise<SpfResult> {
  return check(input, 'helo', dns, signal)
}

async function check(input: SpfInput, identity: 'helo' | 'mailfrom', dns: SpfDns, signal: AbortSignal): Promise<SpfResult> {
  const sender = identity === 'helo' ? input.helo : input.mailFrom
  const at = sender.lastIndexOf('@')
  const domain = smallName((identity === 'helo' ? sender : sender.slice(at + 1)).slice(0, MAX_IDENTITY_CHARS))
  const client = parseClient(input.client)
  const questions = new Questions(dns, signal)
  if (client === null) return { ...toResult({ verdict: 'none', path: [], problem: 'the client has no address', explanation: null }, questions), identity, domain, explanation: null }
  // RFC 7208 §4.3: without a local part it is postmaster.
  const local = identity === 'helo' || at <= 0 ? 'postmaster' : sender.slice(0, at).slice(0, MAX_IDENTITY_CHARS)
  const run: Run = { questions, client, helo: input.helo.slice(0, MAX_IDENTITY_CHARS), local, senderDomain: domain, receiver: input.receiver, nowMs: input.nowMs, names: null }
  const ruling = await checkHost(run, domain)
  const explanation = ruling.verdict === 'fail' ? await explain(run, ruling) : null
  return { ...toResult(ruling, questions), identity, domain, explanation }
}

function toResult({ verdict, path, problem }: Ruling, { lookups, voids, asked }: Questions): Omit<SpfResult, 'identity' | 'domain' | 'explanation'> {
  return { verdict, path, problem, lookups, voids, questions: asked }
}

/**
 * The owner's words. RFC 7208 §6.2: trouble of any kind, several records and what is not ASCII are as if there were none. Its question does not
 * count towards the limits (§4.6.4).
 */
async function explain(run: Run, { explanation }: Ruling): Promise<string | null> {
  if (explanation === null) return null
  const answer = await run.questions.txt(await targetOf(run, explanation.domain, explanation.target.target))
  const [text, another] = answer.kind === 'found' ? answer.records : []
  if (text === undefined || another !== undefined) return null
  const parts = parseMacros(text, { in: 'text' })
  if (!parts.ok) return null
  const expanded = await expandText(parts.value, valuesFor(run, explanation.domain), MAX_EXPLANATION_CHARS)
  // What the peer itself said may stand in it (macros l and h): a reply has printable ASCII only.
  const clean = expanded.replace(/[^ -~]/g, '?').trim()
  return clean === '' ? null : clean
}
