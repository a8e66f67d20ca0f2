import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { dmarc } from 'mailauth'
import type { Domain } from '../../src/base/brand.ts'
import type { Answer } from '../../src/base/dns.ts'
import { evaluateDmarc } from '../../src/proto/dmarc/evaluate.ts'
import { TreeWalks } from '../../src/proto/dmarc/walk.ts'

/** What a test has in DNS: texts at names. Names above a name that is there exist too. */
type Zone = ReadonlyMap<string, readonly string[]>

const { signal } = new AbortController()
const LABELS = ['a', 'b', 'mail', 'me', 'co', 'test']

/** A name of one to ten labels below `test`, so that names often have something in common. */
const name = fc.array(fc.constantFrom(...LABELS.slice(0, 4)), { maxLength: 9 }).map((labels) => [...labels, 'me', 'test'].slice(-10).join('.'))
const record = fc.record({
  p: fc.constantFrom('none', 'quarantine', 'reject'), sp: fc.constantFrom('', '; sp=none', '; sp=reject'), np: fc.constantFrom('', '; np=quarantine', '; np=reject'),
  psd: fc.constantFrom('', '', '; psd=y', '; psd=n', '; psd=u'), t: fc.constantFrom('', '; t=y'), adkim: fc.constantFrom('', '; adkim=s'), aspf: fc.constantFrom('', '; aspf=s'),
}).map(({ p, sp, np, psd, t, adkim, aspf }) => `v=DMARC1; p=${p}${sp}${np}${psd}${t}${adkim}${aspf}`)

function exists(zone: Zone, asked: string): boolean {
  return [...zone.keys()].some((known) => known === asked || known.endsWith(`.${asked}`))
}

async function ours(zone: Zone, author: string, dkim: readonly string[], spf: string): Promise<string> {
  const walks = new TreeWalks(async (asked): Promise<Answer<string>> => {
    const texts = zone.get(asked)
    if (texts !== undefined) return { kind: 'found', records: texts, name: asked, aliases: [], authentic: false, ttlMs: 1, stale: false }
    return { kind: 'none', why: exists(zone, asked) ? 'nodata' : 'nxdomain', name: asked, aliases: [], authentic: false, ttlMs: 1 }
  }, signal)
  const input = { authors: [author as Domain], dkim: dkim.map((domain) => ({ result: 'pass' as const, domain })), spf: { result: 'pass', domain: spf } }
  const { result, record: found, applies, policyDomain } = await evaluateDmarc(input, walks)
  return [result, policyDomain, result === 'fail' ? applies : '', found === null ? '' : 'record'].join(' ')
}

async function theirs(zone: Zone, author: string, dkim: readonly string[], spf: string): Promise<string> {
  const resolver = async (asked: string, type: string): Promise<string[][]> => {
    const texts = type === 'TXT' ? zone.get(asked) : undefined
    if (texts === undefined) throw Object.assign(new Error('none'), { code: exists(zone, asked) ? 'ENODATA' : 'ENOTFOUND' })
    return texts.map((text) => [text])
  }
  const found = await dmarc({ headerFrom: author, spfDomains: [{ domain: spf }], dkimDomains: dkim.map((domain) => ({ domain })), resolver } as unknown as Parameters<typeof dmarc>[0])
  if (found === false) return 'false'
  const { status, policyDomain, policy, rr } = found as unknown as { status: { result: string }; policyDomain?: string; policy?: string; rr?: string }
  return [status.result, policyDomain ?? null, status.result === 'fail' ? policy : '', rr === undefined ? '' : 'record'].join(' ')
}

test('mailauth comes to the same result, policy domain and policy', async () => {
  const zone = fc.array(fc.tuple(name, fc.oneof(fc.tuple(record), fc.tuple(record, record))), { maxLength: 6 }).map((all): Zone => new Map(all.map(([domain, texts]) => [`_dmarc.${domain}`, texts])))
  const suffix = fc.option(record.map((text) => [text]))
  const results = new Set<string>()
  await fc.assert(fc.asyncProperty(zone, suffix, name, fc.array(name, { maxLength: 3 }), name, async (lower, top, author, dkim, spf) => {
    const all = new Map([...lower, ...(top === null ? [] : [['_dmarc.test', top] as const])])
    const found = await ours(all, author, dkim, spf)
    results.add(found.split(' ')[0] ?? '')
    assert.equal(found, await theirs(all, author, dkim, spf), JSON.stringify({ all: [...all], author, dkim, spf }))
  }), { numRuns: 3000 })
  assert.deepEqual([...results].toSorted(), ['fail', 'none', 'pass'])
})
