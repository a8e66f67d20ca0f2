import type { Answer } from '../../base/dns.ts'
import { isInNet, parseClient } from './client.ts'
import { MAX_LOOKUPS, MAX_MX_NAMES, MAX_VOIDS } from './limits.ts'
import { failureText } from './questions.ts'
import type { Directive, Mechanism } from './record.ts'
import { namesOf, type Run, targetOf } from './run.ts'

/** Whether a mechanism recognizes the client, or what was in the way. RFC 7208 §4.6.2. */
export type Outcome = { readonly kind: 'match' } | { readonly kind: 'no-match' } | Trouble

/** What ends an evaluation. RFC 7208 §2.6.6, §2.6.7. */
export interface Trouble {
  readonly kind: 'trouble'
  readonly verdict: 'temperror' | 'permerror'
  readonly problem: string
}

const NO_MATCH: Outcome = { kind: 'no-match' }

/** A mechanism that is decided here; `include` begins an evaluation of its own. */
export type Simple = Exclude<Mechanism, { readonly kind: 'include' | 'exists' }> | { readonly kind: 'exists'; readonly target: Extract<Mechanism, { kind: 'exists' }>['target'] }

/** Tries one mechanism of the record of `domain`. RFC 7208 §5. What asks nobody is answered at once: large senders publish tens of nets. */
export function tryMechanism(run: Run, domain: string, mechanism: Simple): Promise<Outcome> | Outcome {
  switch (mechanism.kind) {
    case 'all':
      return { kind: 'match' }
    case 'ip':
      return matched(isInNet(run.client, mechanism.net))
    case 'a':
      return tryA(run, domain, mechanism)
    case 'mx':
      return tryMx(run, domain, mechanism)
    case 'exists':
      return tryExists(run, domain, mechanism.target)
    case 'ptr':
      return tryPtr(run, domain, mechanism.target)
  }
}

/** Counts a term that asks DNS. RFC 7208 §4.6.4: the eleventh is an error. */
export function countLookup(run: Run): Trouble | null {
  run.questions.lookups += 1
  return run.questions.lookups <= MAX_LOOKUPS ? null : permanent(`more than ${MAX_LOOKUPS} terms ask DNS`)
}

/** An answer that could not be learned. RFC 7208 §5. */
export function temporary(problem: string): Trouble {
  return { kind: 'trouble', verdict: 'temperror', problem }
}

/** An error of what was published. */
export function permanent(problem: string): Trouble {
  return { kind: 'trouble', verdict: 'permerror', problem }
}

/** True for the directives that `tryMechanism` decides. */
export function isSimple(directive: Directive): directive is Directive & { readonly mechanism: Simple } {
  return directive.mechanism.kind !== 'include'
}

type Named = Extract<Mechanism, { kind: 'a' | 'mx' }>

/** RFC 7208 §5.3. */
async function tryA(run: Run, domain: string, mechanism: Named): Promise<Outcome> {
  const over = countLookup(run)
  if (over !== null) return over
  const name = mechanism.target === null ? domain : await targetOf(run, domain, mechanism.target)
  const answer = await run.questions.addresses(name, run.client.family)
  return trouble(run, name, answer) ?? matched(answer.kind === 'found' && leadsTo(run, answer.records, mechanism))
}

/** RFC 7208 §5.4. Names are looked up in order of preference; an absent name is no reason to stop. */
async function tryMx(run: Run, domain: string, mechanism: Named): Promise<Outcome> {
  const over = countLookup(run)
  if (over !== null) return over
  const name = mechanism.target === null ? domain : await targetOf(run, domain, mechanism.target)
  const answer = await run.questions.mx(name)
  const wrong = trouble(run, name, answer)
  if (wrong !== null || answer.kind !== 'found') return wrong ?? NO_MATCH
  // Counted before they are looked up: else it would depend on the order of records whether the policy is broken. RFC 7208 §4.6.4.
  if (answer.records.length > MAX_MX_NAMES) return permanent(`${name} has more than ${MAX_MX_NAMES} MX records`)
  for (const { exchange } of answer.records.toSorted((a, b) => a.preference - b.preference)) {
    if (exchange === '') continue // RFC 7505: no mail there, and none from there.
    const addresses = await run.questions.addresses(exchange, run.client.family)
    if (addresses.kind === 'failed') return temporary(failureText(exchange, addresses))
    if (addresses.kind === 'found' && leadsTo(run, addresses.records, mechanism)) return { kind: 'match' }
  }
  return NO_MATCH
}

/** RFC 7208 §5.7: an A record, whatever family the client has. */
async function tryExists(run: Run, domain: string, target: Parameters<typeof targetOf>[2]): Promise<Outcome> {
  const over = countLookup(run)
  if (over !== null) return over
  const name = await targetOf(run, domain, target)
  const answer = await run.questions.addresses(name, 4)
  return trouble(run, name, answer) ?? matched(answer.kind === 'found')
}

/** RFC 7208 §5.5. Trouble with DNS is no match here. */
async function tryPtr(run: Run, domain: string, target: Parameters<typeof targetOf>[2]): Promise<Outcome> {
  const over = countLookup(run)
  if (over !== null) return over
  const parent = await targetOf(run, domain, target)
  const names = await namesOf(run)
  return matched(names.some((name) => name === parent || name.endsWith(`.${parent}`)))
}

/**
 * What is wrong with the answer to a term's question, or null. Counts terms without an answer (RFC 7208 §4.6.4), once each: an absent name
 * behind an MX record is not the term's own.
 */
function trouble(run: Run, name: string, answer: Answer<unknown>): Trouble | null {
  if (answer.kind === 'failed') return temporary(failureText(name, answer))
  if (answer.kind === 'found') return null
  run.questions.voids += 1
  return run.questions.voids <= MAX_VOIDS ? null : permanent(`more than ${MAX_VOIDS} terms name something that is not there, the last one ${name}`)
}

function leadsTo({ client }: Run, addresses: readonly string[], { bits4, bits6 }: Named): boolean {
  return addresses.some((text) => {
    const found = parseClient(text)
    return found !== null && isInNet(client, { family: found.family, bytes: found.bytes, bits: found.family === 4 ? bits4 : bits6 })
  })
}

function matched(isMatch: boolean): Outcome {
  return isMatch ? { kind: 'match' } : NO_MATCH
}
