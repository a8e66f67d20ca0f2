import type { Answer } from '../../base/dns.ts'
import { MAX_REVERSE_NAMES } from './limits.ts'
import type { CheckResult, Source, SourceChecks } from './source.ts'

/** What was found when a source was looked at, plain so that it can be stored. */
export interface Looked {
  readonly checks: SourceChecks
  /** Checks that failed for the first time: once more, and they count. */
  readonly suspect: readonly (keyof SourceChecks)[]
  readonly atMs: number
}

/** Who is asked about a source. */
export interface SourceQuestions {
  readonly ptr: (address: string, signal: AbortSignal) => Promise<Answer<string>>
  readonly addresses: (name: string, family: 4 | 6, signal: AbortSignal) => Promise<Answer<string>>
  /** Whether a list that everybody asks holds the address; `unknown` when none of them could say. */
  readonly listed: (address: string, signal: AbortSignal) => Promise<'listed' | 'unlisted' | 'unknown'>
}

/** Of a source that nobody has looked at. */
export const UNCHECKED: SourceChecks = { reverse: 'unknown', ehlo: 'unknown', spf: 'unknown', unlisted: 'unknown', egress: 'unknown', clock: 'unknown' }

/** Looks at a source as strangers do: reverse DNS that leads back, the name it says in EHLO, lists. deliverability §3.6. */
export async function lookAtSource(source: Pick<Source, 'address' | 'family' | 'ehlo'>, questions: SourceQuestions, signal: AbortSignal): Promise<SourceChecks> {
  const [names, listed] = await Promise.all([confirmedNames(source, questions, signal), questions.listed(source.address, signal)])
  const unlisted: Readonly<Record<typeof listed, CheckResult>> = { listed: 'failed', unlisted: 'ok', unknown: 'unknown' }
  const reverse = names === null ? 'unknown' : resultOf(names.length > 0)
  return { ...UNCHECKED, reverse, ehlo: names === null || names.length === 0 ? 'unknown' : resultOf(names.includes(nameOf(source.ehlo))), unlisted: unlisted[listed] }
}

/** Names of its reverse DNS that lead back to it; null when DNS could not say. */
async function confirmedNames({ address, family }: Pick<Source, 'address' | 'family'>, { ptr, addresses }: SourceQuestions, signal: AbortSignal): Promise<readonly string[] | null> {
  const reverse = await ptr(address, signal)
  if (reverse.kind === 'failed') return null
  const names = reverse.kind === 'found' ? reverse.records.slice(0, MAX_REVERSE_NAMES).map(nameOf) : []
  const answers = await Promise.all(names.map((name) => addresses(name, family === 'v4' ? 4 : 6, signal)))
  const confirmed = names.filter((_, at) => answers[at]?.kind === 'found' && leadsTo(answers[at], address))
  return confirmed.length === 0 && answers.some(({ kind }) => kind === 'failed') ? null : confirmed
}

/** Whether an answer holds an address, however it is written. */
function leadsTo(answer: Extract<Answer<string>, { kind: 'found' }>, address: string): boolean {
  return answer.records.some((record) => spelled(record) === spelled(address))
}

/** One spelling for each address. An IPv6 address as a host of a URL is shortened and lower-case. */
function spelled(address: string): string {
  return address.includes(':') ? (URL.parse(`http://[${address}]/`)?.hostname ?? address) : address
}

function nameOf(text: string): string {
  return text.toLowerCase().replace(/\.$/, '')
}

function resultOf(isGood: boolean): CheckResult {
  return isGood ? 'ok' : 'failed'
}

/**
 * What is believed after a look: a check that fails is believed the second time, so that one bad answer takes nothing out of work; one that never was in order at once, because nobody is to
 * send from an address that was not set up (deliverability §3.6, §8.1). What could not be learned stays as it was.
 */
export function believed(before: Looked | null, found: SourceChecks, atMs: number): Looked {
  const names = Object.keys(found) as readonly (keyof SourceChecks)[]
  const failing = names.filter((name) => found[name] === 'failed' || (found[name] === 'unknown' && before?.suspect.includes(name) === true))
  const checks = Object.fromEntries(names.map((name) => [name, believedOne(name, before, found)])) as Record<keyof SourceChecks, CheckResult> // Every check is in it.
  return { checks, suspect: failing.filter((name) => checks[name] !== 'failed'), atMs }
}

function believedOne(name: keyof SourceChecks, before: Looked | null, found: SourceChecks): CheckResult {
  const known = before?.checks[name] ?? 'unknown'
  if (found[name] === 'unknown') return known
  if (found[name] === 'ok' || known === 'failed') return found[name]
  return known === 'unknown' || before?.suspect.includes(name) === true ? 'failed' : known
}
