import { isCheckable, smallName } from './domain-spec.ts'
import type { SpfDns } from './dns.ts'
import { MAX_INSPECTED_DEPTH, MAX_INSPECTED_NAMES, MAX_INSPECTED_RECORDS, MAX_LOOKUPS, MAX_MX_NAMES, MAX_REMARKS, MAX_VOIDS } from './limits.ts'
import type { MacroPart } from './macro.ts'
import { publishedBy } from './published.ts'
import { failureText, Questions } from './questions.ts'
import type { SpfRecord } from './record.ts'
import { remark, remarksOn, type SpfRemark } from './remarks.ts'

/** A record with those that it leads to. */
export interface SpfTree {
  readonly domain: string
  /** As it was published; null when there is none that can be read. */
  readonly text: string | null
  /** By include and redirect, in the order of the record. `term` is theirs. */
  readonly children: readonly { readonly term: string; readonly tree: SpfTree }[]
  /** Terms that ask DNS, here and below, when all of them are tried. */
  readonly lookups: number
}

/** What a domain publishes, seen without a client. */
export interface SpfInspection {
  readonly tree: SpfTree
  /** As in an evaluation that reaches the end: the limit is ten. RFC 7208 §4.6.4. */
  readonly lookups: number
  /** Terms that name nothing: the limit is two. */
  readonly voids: number
  /** Errors first. */
  readonly remarks: readonly SpfRemark[]
}

interface Look {
  readonly questions: Questions
  readonly remarks: SpfRemark[]
  records: number
  names: number
  voids: number
}

/**
 * Reads the record of a domain and those that it leads to, counts the lookups that a receiver may need, and says what is wrong or unwise. What depends on
 * the client or the sender (macros) is counted and not followed. Never rejects; `signal` ends it with `unknown` remarks.
 */
export async function inspectSpf(domain: string, dns: SpfDns, signal: AbortSignal): Promise<SpfInspection> {
  const look: Look = { questions: new Questions(dns, signal), remarks: [], records: 0, names: 0, voids: 0 }
  const name = smallName(domain)
  const tree = await inspectDomain(look, name, [])
  // What the whole comes to stands first, so that it is not cut off.
  const sums: SpfRemark[] = []
  if (tree.lookups > MAX_LOOKUPS) sums.push(remark('too-many-lookups', name, '', String(tree.lookups)))
  if (look.voids > MAX_VOIDS) sums.push(remark('too-many-voids', name, '', String(look.voids)))
  const bySeverity = [...sums, ...look.remarks].toSorted((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'))
  return { tree, lookups: tree.lookups, voids: look.voids, remarks: bySeverity.slice(0, MAX_REMARKS) }
}

async function inspectDomain(look: Look, domain: string, above: readonly string[]): Promise<SpfTree> {
  const leaf: SpfTree = { domain, text: null, children: [], lookups: 0 }
  const wrong = (kind: SpfRemark['kind'], term = '', detail = ''): SpfTree => {
    say(look, kind, domain, term, detail)
    return leaf
  }
  if (!isCheckable(domain)) return wrong('no-domain')
  if (above.includes(domain)) return wrong('loop', '', [...above, domain].join(' > '))
  if (above.length >= MAX_INSPECTED_DEPTH || look.records >= MAX_INSPECTED_RECORDS) return wrong('cut')
  look.records += 1
  const published = await publishedBy(look.questions, domain)
  switch (published.kind) {
    case 'none':
      return wrong('no-record')
    case 'several':
      return wrong('several-records', '', String(published.texts.length))
    case 'unknown':
      return wrong('unknown', '', published.problem)
    case 'broken':
      return { ...wrong('syntax', published.fault.term, published.fault.problem), text: published.text }
    case 'record':
      look.remarks.push(...remarksOn(domain, published.text, published.record, above.length === 0 ? 'first' : 'included'))
      return await inspectRecord(look, domain, published.text, published.record, [...above, domain])
  }
}

async function inspectRecord(look: Look, domain: string, text: string, record: SpfRecord, above: readonly string[]): Promise<SpfTree> {
  const children: { readonly term: string; readonly tree: SpfTree }[] = []
  let lookups = 0
  const end = record.directives.findIndex(({ mechanism }) => mechanism.kind === 'all')
  const reached = end === -1 ? record.directives : record.directives.slice(0, end)
  const followed = end === -1 && record.redirect !== null ? [record.redirect] : []
  for (const { mechanism, text: term } of reached) {
    if (mechanism.kind === 'ip' || mechanism.kind === 'all') continue
    lookups += 1
    const name = 'target' in mechanism && mechanism.target !== null ? plainName(mechanism.target) : domain
    if (name === null) continue // Its name depends on who sends.
    if (mechanism.kind === 'include') children.push({ term, tree: await inspectDomain(look, name, above) })
    if (mechanism.kind === 'a' || mechanism.kind === 'mx') await lookAtName(look, domain, term, mechanism.kind, name)
  }
  for (const { target, text: term } of followed) {
    lookups += 1
    const name = plainName(target)
    if (name !== null) children.push({ term, tree: await inspectDomain(look, name, above) })
  }
  return { domain, text, children, lookups: children.reduce((sum, { tree }) => sum + tree.lookups, lookups) }
}

/** Whether a term names something. */
async function lookAtName(look: Look, domain: string, term: string, kind: 'a' | 'mx', name: string): Promise<void> {
  if (look.names >= MAX_INSPECTED_NAMES) return
  look.names += 1
  if (kind === 'mx') {
    const answer = await look.questions.mx(name)
    if (answer.kind === 'failed') say(look, 'unknown', domain, term, failureText(name, answer))
    if (answer.kind === 'found' && answer.records.length > MAX_MX_NAMES) say(look, 'too-many-mx', domain, term, String(answer.records.length))
    if (answer.kind === 'none') namesNothing(look, domain, term)
    return
  }
  const four = await look.questions.addresses(name, 4)
  const six = four.kind === 'found' ? four : await look.questions.addresses(name, 6)
  if (four.kind === 'none' && six.kind === 'none') return namesNothing(look, domain, term)
  const failed = [four, six].find((answer) => answer.kind === 'failed')
  if (failed?.kind === 'failed' && six.kind !== 'found') say(look, 'unknown', domain, term, failureText(name, failed))
}

function namesNothing(look: Look, domain: string, term: string): void {
  look.voids += 1
  say(look, 'names-nothing', domain, term)
}

/** Puts a remark down. */
function say(look: Look, kind: SpfRemark['kind'], domain: string, term: string, detail = ''): void {
  look.remarks.push(remark(kind, domain, term, detail))
}

/** The name that parts without values make; null when it depends on who sends. */
function plainName(parts: readonly MacroPart[]): string | null {
  return parts.every((part) => part.kind !== 'expand') ? smallName(parts.map((part) => ('text' in part ? part.text : '')).join('')) : null
}
