import { isCheckable } from './domain-spec.ts'
import { countLookup, isSimple, permanent, temporary, tryMechanism } from './mechanism.ts'
import type { Outcome, Trouble } from './mechanism.ts'
import { publishedBy } from './published.ts'
import type { Directive, SpfRecord, Target } from './record.ts'
import type { SpfStep, SpfVerdict } from './result.ts'
import { namesNothing, type Run, targetOf } from './run.ts'

/** How one policy was decided. */
export interface Ruling {
  readonly verdict: SpfVerdict
  readonly path: readonly SpfStep[]
  readonly problem: string | null
  /** Where the owner's words for a `fail` are: of the record that said so. Null without any. */
  readonly explanation: { readonly domain: string; readonly target: Target } | null
}

/**
 * The function of RFC 7208 §4, for one domain. It calls itself for include and redirect, at most as often as terms may ask DNS.
 */
export async function checkHost(run: Run, domain: string): Promise<Ruling> {
  if (!isCheckable(domain)) return ruling('none', [], `${JSON.stringify(domain)} is no domain with a policy`)
  const published = await publishedBy(run.questions, domain)
  switch (published.kind) {
    case 'none':
      return ruling('none', [], `${domain} has no SPF record`)
    case 'several':
      return ruling('permerror', [], `${domain} has ${published.texts.length} SPF records`)
    case 'broken':
      return ruling('permerror', [{ domain, term: published.fault.term }], published.fault.problem)
    case 'unknown':
      return ruling('temperror', [], published.problem)
    case 'record':
      return await decide(run, domain, published.record)
  }
}

async function decide(run: Run, domain: string, record: SpfRecord): Promise<Ruling> {
  for (const directive of record.directives) {
    if ('target' in directive.mechanism && namesNothing(run, directive.mechanism.target)) continue
    const step = { domain, term: directive.text }
    const tried = isSimple(directive) ? tryMechanism(run, domain, directive.mechanism) : tryInclude(run, domain, directive)
    const { outcome, path } = triedOf(tried instanceof Promise ? await tried : tried)
    if (outcome.kind === 'trouble') return ruling(outcome.verdict, [step, ...path], outcome.problem)
    if (outcome.kind === 'no-match') continue
    const explanation = record.explanation === null ? null : { domain, target: record.explanation }
    return { verdict: directive.qualifier, path: [step, ...path], problem: null, explanation }
  }
  // RFC 7208 §4.7.
  return record.redirect === null || namesNothing(run, record.redirect.target) ? ruling('neutral', [], null) : await follow(run, domain, record.redirect)
}

interface Tried {
  readonly outcome: Outcome
  /** What decided inside of an include. */
  readonly path: readonly SpfStep[]
}

function triedOf(tried: Tried | Outcome): Tried {
  return 'outcome' in tried ? tried : { outcome: tried, path: [] }
}

async function tryInclude(run: Run, domain: string, { mechanism }: Directive): Promise<Tried> {
  if (mechanism.kind !== 'include') throw new Error(`${mechanism.kind} is decided elsewhere`)
  const over = countLookup(run)
  if (over !== null) return { outcome: over, path: [] }
  const target = await targetOf(run, domain, mechanism.target)
  const inner = await checkHost(run, target)
  return { outcome: included(inner, target), path: inner.path }
}

/** RFC 7208 §5.2: what a policy that is included means for the one that includes it. */
function included({ verdict, problem }: Ruling, target: string): Outcome {
  switch (verdict) {
    case 'pass':
      return { kind: 'match' }
    case 'fail':
    case 'softfail':
    case 'neutral':
      return { kind: 'no-match' }
    case 'temperror':
      return temporary(problem ?? target)
    case 'permerror':
    case 'none':
      return permanent(problem ?? target)
  }
}

/** RFC 7208 §6.1. The target's explanation counts, not ours (§6.2). */
async function follow(run: Run, domain: string, { target, text }: Target): Promise<Ruling> {
  const step = { domain, term: text }
  const over: Trouble | null = countLookup(run)
  if (over !== null) return ruling(over.verdict, [step], over.problem)
  const inner = await checkHost(run, await targetOf(run, domain, target))
  return { ...inner, verdict: inner.verdict === 'none' ? 'permerror' : inner.verdict, path: [step, ...inner.path] }
}

function ruling(verdict: SpfVerdict, path: readonly SpfStep[], problem: string | null): Ruling {
  return { verdict, path, problem, explanation: null }
}
