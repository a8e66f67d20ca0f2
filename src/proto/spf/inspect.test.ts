import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { MemoryDns, type MemoryEntry } from '../../../test/support/dns/memory.ts'
import { inspectSpf, type SpfInspection } from './inspect.ts'

async function inspect(names: Readonly<Record<string, MemoryEntry>>): Promise<SpfInspection> {
  return await inspectSpf('From.Example.', new MemoryDns(names), new AbortController().signal)
}

const told = ({ remarks }: SpfInspection): readonly string[] => remarks.map(({ kind, domain, term }) => [kind, domain, term].join(' ').trim())

test('a good record has no remarks, and its lookups are those of the records below, too', async () => {
  const seen = await inspect({
    'from.example': { TXT: ['v=spf1 ip4:192.0.2.0/24 include:_a.example mx exists:%{i}.x.example ~all'], MX: [[1, 'mx.example']] },
    '_a.example': { TXT: ['v=spf1 a:host.example redirect=_b.example'] },
    'host.example': { AAAA: ['2001:db8::1'] },
    '_b.example': { TXT: ['v=spf1 ip6:2001:db8::/32 -all'] },
  })
  assert.deepEqual(told(seen), [])
  assert.deepEqual([seen.lookups, seen.voids], [5, 0])
  assert.deepEqual(seen.tree.children.map(({ term, tree }) => [term, tree.domain, tree.lookups, tree.children[0]?.tree.text]), [['include:_a.example', '_a.example', 2, 'v=spf1 ip6:2001:db8::/32 -all']])
})

test('what is wrong or unwise is named, with its term', async () => {
  const of = async (text: string, others: Readonly<Record<string, MemoryEntry>> = {}): Promise<readonly string[]> => told(await inspect({ 'from.example': { TXT: [text] }, ...others }))
  assert.deepEqual(told(await inspect({})), ['no-record from.example'])
  assert.deepEqual(told(await inspect({ 'from.example': { TXT: ['v=spf1 -all', 'v=spf1 ~all'] } })), ['several-records from.example'])
  assert.deepEqual(told(await inspect({ 'from.example': { trouble: 'servfail' } })), ['unknown from.example'])
  assert.deepEqual(await of('v=spf1 ip4:192.0.2.300 -all'), ['syntax from.example ip4:192.0.2.300'])
  assert.deepEqual(await of('v=spf1 +all'), ['passes-all from.example +all'])
  assert.deepEqual(await of('v=spf1 ip4:0.0.0.0/0 -all'), ['passes-all from.example ip4:0.0.0.0/0'])
  assert.deepEqual(await of('v=spf1 ip4:10.0.0.0/7 -all'), ['wide-net from.example ip4:10.0.0.0/7'])
  assert.deepEqual(await of('v=spf1 ip4:192.0.2.1'), ['open-end from.example'])
  assert.deepEqual(await of('v=spf1 -all ptr redirect=x.example'), ['never-reached from.example ptr', 'uses-ptr from.example ptr', 'redirect-unused from.example redirect=x.example'])
  assert.deepEqual(await of('v=spf1 a:x.example mx:x.example ?all'), ['names-nothing from.example a:x.example', 'names-nothing from.example mx:x.example'])
  assert.deepEqual(await of('v=spf1 a:x.example a:y.example a:z.example -all').then((all) => all[0]), 'too-many-voids from.example')
  assert.deepEqual(await of('v=spf1 a:x.example -all', { 'x.example': { trouble: 'timeout' } }), ['unknown from.example a:x.example'])
  assert.deepEqual(await of('v=spf1 mx:x.example -all', { 'x.example': { MX: Array.from({ length: 11 }, () => [1, 'y.example'] as const) } }), ['too-many-mx from.example mx:x.example'])
  assert.deepEqual(await of(`v=spf1 ${'ip4:192.0.2.1 '.repeat(40)}-all`), ['long from.example'])
  assert.deepEqual(await of(`v=spf1 ${'exists:x.example '.repeat(11)}-all`), ['too-many-lookups from.example'])
  assert.deepEqual(await of('v=spf1 include:x.example -all', { 'x.example': { TXT: ['v=spf1 include:from.example -all'] } }), ['loop from.example'])
  assert.deepEqual(await of('v=spf1 include:x.example -all'), ['no-record x.example'])
})

test('a record that leads to very many others is followed only so far', async () => {
  const wide = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`n${at}.example`, { TXT: [`v=spf1 ${Array.from({ length: 30 }, (_none, to) => `include:n${to}.example`).join(' ')}`] }]))
  const dns = new MemoryDns({ ...wide, 'from.example': { TXT: ['v=spf1 include:n0.example -all'] } })
  const seen = await inspectSpf('from.example', dns, new AbortController().signal)
  assert.ok(dns.asked.length <= 125, String(dns.asked.length))
  assert.ok(told(seen).includes('too-many-lookups from.example'))
})

test('whatever is published, an inspection ends', async () => {
  const piece = fc.constantFrom('a', 'mx', 'ptr', '-all', 'include:a.example', 'include:from.example', 'redirect=a.example', 'a:%{d}', 'mx:a.example', 'exists:x.example/', '%')
  const record = fc.oneof(fc.string({ unit: 'binary' }), fc.array(piece, { maxLength: 30 }).map((terms) => terms.join(' ')))
  await fc.assert(fc.asyncProperty(record, record, fc.string({ unit: 'binary' }), async (one, other, domain) => {
    const dns = new MemoryDns({ 'from.example': { TXT: [`v=spf1 ${one}`] }, 'a.example': { TXT: [`v=spf1 ${other}`] } })
    await inspectSpf(domain, dns, new AbortController().signal)
    assert.ok((await inspectSpf('from.example', dns, new AbortController().signal)).remarks.length <= 200)
    assert.ok(dns.asked.length <= 250)
  }))
})
