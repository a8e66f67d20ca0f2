import { checkSpf as evaluate } from '../../../proto/spf/check.ts'
import { inspectSpf, type SpfTree } from '../../../proto/spf/inspect.ts'
import type { SpfRemark } from '../../../proto/spf/remarks.ts'
import type { SpfVerdict } from '../../../proto/spf/result.ts'
import type { House } from '../house.ts'
import { spfRecord, spfTerm, spfText, type Subject, type WantedRecord } from '../wanted-records.ts'
import { quotedText, zoneLine } from '../zone-file.ts'
import { type Advice, type Finding, pass, shown, unknown, worst } from './finding.ts'
import { MANY_SPF_LOOKUPS, MAX_ADDRESSES, MAX_SPF_LOOKUPS } from './limits.ts'
import type { Questions } from './questions.ts'
import { mendSpf } from './spf-mend.ts'
import { fewer, spfWords, type SpfWords } from './spf-words.ts'

/** Whether the domain says that we may send for it, in a record that receivers can follow to its end. RFC 7208. */
export async function checkSpf(subject: Subject, ask: Questions): Promise<Finding> {
  return await checkSpfAt('spf', subject.name, spfRecord(subject), subject, ask)
}

/** The same for any name whose mail leaves here. `wanted` is the record that it should have when nobody else sends for it. */
export async function checkSpfAt(id: 'spf' | 'return-path', name: string, wanted: WantedRecord, { house, nowMs }: Subject, ask: Questions): Promise<Finding> {
  const expected = `one SPF record at ${name} that lets ${house.sending.map(({ address }) => address).join(', ') || 'us'} send`
  const published = await ask.txt(name)
  if (published.kind === 'failed') return unknown(id, expected, published)
  const port = spfDns(ask)
  const { tree, lookups, remarks } = await inspectSpf(name, port, ask.signal)
  const senders = house.sending.slice(0, MAX_ADDRESSES)
  const results = await Promise.all(senders.map(({ address, ehlo }) => evaluate({ client: address, helo: ehlo, mailFrom: `postmaster@${name}`, receiver: house.hostname, nowMs }, port, ask.signal)))
  const outside = tree.text === null ? [] : senders.filter((_, at) => NOT_ALLOWED.has(results[at]?.verdict ?? 'none'))
  const told = remarks.flatMap((remark) => spfWords(name, remark, termFor(tree, remark)) ?? [])
  // Where everybody may send, so may we: that says nothing of the record without it.
  const isVague = tree.text === null || results.some(({ verdict }) => verdict === 'permerror') || remarks.some(({ kind }) => kind === 'passes-all')
  const text = mendSpf({ texts: published.kind === 'found' ? published.records.filter(isSpf) : [], drop: dropped(name, tree, remarks), add: isVague ? ownTerms(house) : outside.map(spfTerm) })
  const record = tree.text === null && published.kind === 'none' ? wanted : { ...wanted, value: quotedText(text) }
  const say = ({ kind, found, advice }: SpfWords): Finding =>
    kind === 'unknown' ? unknown(id, expected, { detail: found }) : { id, kind, expected, found, advice: withRecord(advice, name, record, published.kind === 'found' && published.records.some(isSpf)), records: [record] }
  const findings = told.map(say)
  if (lookups >= MANY_SPF_LOOKUPS && lookups <= MAX_SPF_LOOKUPS) findings.push(say({ kind: 'warn', found: `${lookups} of ${MAX_SPF_LOOKUPS} lookups are used: there is hardly room for another sender`, advice: fewer(name) }))
  if (outside.length > 0) findings.push(say({ kind: 'fail', found: `it does not let ${outside.map(({ address }) => address).join(', ')} send`, advice: null }))
  const untold = results.find(({ verdict }) => verdict === 'temperror')
  if (untold !== undefined) findings.push(unknown(id, expected, { detail: untold.problem ?? 'DNS did not answer' }))
  return worst([pass(id, expected, `${shown(tree.text ?? 'none')} (${lookups} lookups)`), ...findings])
}

const NOT_ALLOWED: ReadonlySet<SpfVerdict> = new Set<SpfVerdict>(['none', 'neutral', 'fail', 'softfail'])

function isSpf(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text)
}

/** The questions, as the evaluator asks them. */
function spfDns(ask: Questions): Parameters<typeof inspectSpf>[1] {
  return { txt: (name) => ask.txt(name), addresses: (name, family) => ask.addresses(name, family), mx: (name) => ask.mx(name), ptr: (address) => ask.ptr(address) }
}

/** The term of the first record that a remark is about, or that leads to the record that it is about; '' when it is about all of it. */
function termFor(tree: SpfTree, { domain, term }: SpfRemark): string {
  if (domain === tree.domain) return term
  return tree.children.find((child) => holds(child.tree, domain))?.term ?? ''
}

function holds({ domain: own, children }: SpfTree, domain: string): boolean {
  return own === domain || children.some((child) => holds(child.tree, domain))
}

/** What does harm in the domain's own record. A fault further down is its owner's to mend, unless there is nothing to include at all. */
const HARMFUL: ReadonlySet<SpfRemark['kind']> = new Set<SpfRemark['kind']>(['syntax', 'loop', 'names-nothing', 'passes-all', 'never-reached', 'too-many-mx'])

function dropped(name: string, tree: SpfTree, remarks: readonly SpfRemark[]): ReadonlySet<string> {
  const harmful = remarks.filter(({ kind, domain }) => (domain === name ? HARMFUL.has(kind) : kind === 'no-record' || kind === 'no-domain' || kind === 'passes-all'))
  return new Set(harmful.map((remark) => termFor(tree, remark)))
}

/** All terms of ours, for a record of which nobody can say whether it lets us send. */
function ownTerms(house: House): readonly string[] {
  return spfText(house).split(' ').slice(1, -1)
}

function withRecord(advice: Advice | null, name: string, record: WantedRecord, isThere: boolean): Advice {
  const line = zoneLine(record)
  if (advice !== null) return { en: `${advice.en} ${line}`, id: `${advice.id} ${line}` }
  return isThere ? { en: `Replace the SPF record (TXT) at ${name} by: ${line}`, id: `Ganti record SPF (TXT) di ${name} dengan: ${line}` } : { en: `Publish: ${line}`, id: `Terbitkan: ${line}` }
}
