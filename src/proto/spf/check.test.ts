import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { MemoryDns, type MemoryEntry } from '../../../test/support/dns/memory.ts'
import { checkSpf, checkSpfOfHelo, type SpfInput } from './check.ts'
import type { SpfDns } from './dns.ts'
import { MAX_QUESTIONS } from './limits.ts'
import { pathText, type SpfResult } from './result.ts'

const INPUT: SpfInput = { client: '192.0.2.1', helo: 'mx.example', mailFrom: 'ani@from.example', receiver: 'mx.home.example', nowMs: 1_700_000_000_000 }

async function check(names: Readonly<Record<string, MemoryEntry>>, over: Partial<SpfInput> = {}): Promise<SpfResult> {
  return await checkSpf({ ...INPUT, ...over }, new MemoryDns(names), new AbortController().signal)
}

/** The policy of the sender's domain, with whatever else there is. */
const policy = (text: string, others: Readonly<Record<string, MemoryEntry>> = {}): Readonly<Record<string, MemoryEntry>> => ({ 'from.example': { TXT: [text] }, ...others })

test('every mechanism recognizes its clients, in both families', async () => {
  const names = {
    'here.example': { A: ['192.0.2.1'], AAAA: ['2001:db8::1'] },
    'near.example': { A: ['192.0.2.200'], AAAA: ['2001:db8::ffff'] },
    'mail.example': { MX: [[10, 'none.example'], [20, 'here.example']] },
    '192.0.2.1': { PTR: ['lies.other.example', 'a.here.example.'] },
    '2001:db8::1': { PTR: ['A.Here.Example'] },
    'a.here.example': { A: ['192.0.2.1'], AAAA: ['2001:DB8:0::1'] },
    'lies.other.example': { A: ['198.51.100.1'] },
  } satisfies Readonly<Record<string, MemoryEntry>>
  const asked: Readonly<Record<string, readonly [string, string]>> = {
    '-all': ['fail', 'fail'], 'ip4:192.0.2.0/24 -all': ['pass', 'fail'], 'ip6:2001:db8::/64 ~all': ['softfail', 'pass'], 'ip6:::ffff:192.0.2.1': ['neutral', 'neutral'], 'a:here.example': ['pass', 'pass'], 'a:near.example': ['neutral', 'neutral'],
    'a:near.example/24': ['pass', 'neutral'], 'a:near.example//64': ['neutral', 'pass'], 'mx:mail.example': ['pass', 'pass'], 'ptr:here.example': ['pass', 'pass'], 'ptr:other.example': ['neutral', 'neutral'], 'exists:here.example': ['pass', 'pass'], '': ['neutral', 'neutral'],
  }
  for (const [terms, wanted] of Object.entries(asked)) {
    const got = [await check(policy(`v=spf1 ${terms}`, names)), await check(policy(`v=spf1 ${terms}`, names), { client: '2001:db8::1' })]
    assert.deepEqual(got.map(({ verdict }) => verdict), wanted, terms)
  }
  assert.equal((await check(policy('v=spf1 ip4:192.0.2.1 -all'), { client: '::ffff:192.0.2.1' })).verdict, 'pass')
})

test('what decided is told, through includes and redirects', async () => {
  const names = policy('v=spf1 ip4:198.51.100.1 include:_a.example redirect=_r.example', {
    '_a.example': { TXT: ['v=spf1 include:_b.example -all'] }, '_b.example': { TXT: ['some text', 'v=spf1 ip4:192.0.2.0/28 -all'] }, '_r.example': { TXT: ['v=spf1 -all exp=why.example'] }, 'why.example': { TXT: ['%{i} is not ours, %{r} was told at %{t}'] },
  })
  const passed = await check(names)
  assert.deepEqual(passed, {
    verdict: 'pass', identity: 'mailfrom', domain: 'from.example', problem: null, explanation: null, lookups: 2, voids: 0, questions: 3,
    path: [{ domain: 'from.example', term: 'include:_a.example' }, { domain: '_a.example', term: 'include:_b.example' }, { domain: '_b.example', term: 'ip4:192.0.2.0/28' }],
  })
  const failed = await check(names, { client: '203.0.113.9' })
  assert.equal(failed.verdict, 'fail')
  assert.equal(pathText(failed.path), 'redirect=_r.example > -all')
  assert.equal(failed.explanation, '203.0.113.9 is not ours, mx.home.example was told at 1700000000')
})

test('without a sender the client\'s name is checked, and only a name that can have a policy is', async () => {
  const names = { 'mx.example': { TXT: ['v=spf1 exists:%{l}.%{o}'] }, 'postmaster.mx.example': { A: ['127.0.0.2'] }, 'from.example': { TXT: ['v=spf1 exists:%{l}.%{o}'] }, 'postmaster.from.example': { A: ['127.0.0.2'] } }
  assert.partialDeepStrictEqual(await check(names, { mailFrom: '' }), { verdict: 'pass', identity: 'helo', domain: 'mx.example' })
  assert.partialDeepStrictEqual(await check(names, { mailFrom: '@from.example' }), { verdict: 'pass', identity: 'mailfrom' })
  assert.partialDeepStrictEqual(await checkSpfOfHelo({ ...INPUT, helo: 'MX.Example.' }, new MemoryDns(names), new AbortController().signal), { verdict: 'pass', identity: 'helo', domain: 'mx.example' })
  for (const helo of ['', 'mx', '[192.0.2.1]', '192.0.2.1', 'a..example', `${'a'.repeat(64)}.example`, 'm\u212a.example', '\ud800.example']) {
    assert.equal((await check(names, { mailFrom: '', helo })).verdict, 'none', helo)
  }
})

test('a record is taken only when there is exactly one', async () => {
  assert.equal((await check({})).verdict, 'none')
  assert.equal((await check({ 'from.example': { TXT: ['v=spf1 -all', 'v=spf1 -all'] } })).verdict, 'permerror')
  assert.equal((await check({ 'from.example': { trouble: 'servfail' } })).verdict, 'temperror')
  assert.equal((await check(policy('v=spf1 include:none.example +all'))).verdict, 'permerror')
  assert.equal((await check(policy('v=spf1 redirect=none.example'))).verdict, 'permerror')
  const broken = await check(policy('v=spf1 +all moo'))
  assert.deepEqual([broken.verdict, broken.path.at(-1)?.term], ['permerror', 'moo'])
})

test('the eleventh term that asks DNS is an error, wherever it stands', async () => {
  const none = { 'a.example': { A: ['198.51.100.1'] } }
  const terms = (count: number): string => `v=spf1 ${'a:a.example '.repeat(count)}ip4:192.0.2.1 -all`
  assert.partialDeepStrictEqual(await check(policy(terms(10), none)), { verdict: 'pass', lookups: 10 })
  assert.equal((await check(policy(terms(11), none))).verdict, 'permerror')
  const inner = { ...none, 'in.example': { TXT: ['v=spf1 a:a.example a:a.example -all'] } }
  assert.equal((await check(policy(`v=spf1 include:in.example ${terms(7).slice(7)}`, inner))).verdict, 'pass')
  assert.equal((await check(policy(`v=spf1 include:in.example ${terms(8).slice(7)}`, inner))).verdict, 'permerror')
  assert.equal((await check(policy('v=spf1 redirect=from.example'))).verdict, 'permerror')
  assert.equal((await check(policy('v=spf1 include:from.example'))).verdict, 'permerror')
})

test('the third term that names nothing is an error, and absent names behind MX records are none of these', async () => {
  assert.partialDeepStrictEqual(await check(policy('v=spf1 a:x.example a:y.example ?all')), { verdict: 'neutral', voids: 2 })
  assert.equal((await check(policy('v=spf1 a:x.example a:y.example mx:z.example ?all'))).verdict, 'permerror')
  assert.partialDeepStrictEqual(await check(policy('v=spf1 mx ?all', { 'from.example': { TXT: ['v=spf1 mx ?all'], MX: [[1, 'a.example'], [2, 'b.example'], [3, 'c.example'], [4, '']] } })), { verdict: 'neutral', voids: 0 })
})

test('more than ten MX records are an error, more than ten names of the client are not', async () => {
  const eleven = Array.from({ length: 11 }, (_, at) => at)
  const mx = { TXT: ['v=spf1 mx -all'], MX: eleven.map((at) => [at, 'mx.example'] as const) }
  assert.equal((await check({ 'from.example': mx, 'mx.example': { A: ['192.0.2.1'] } })).verdict, 'permerror')
  const ptr = { '192.0.2.1': { PTR: eleven.map((at) => `n${at}.from.example`) }, 'n10.from.example': { A: ['192.0.2.1'] } }
  assert.equal((await check(policy('v=spf1 ptr ?all', ptr))).verdict, 'neutral')
})

test('trouble with DNS is temporary, but for the names of the client', async () => {
  const dead = { 'dead.example': { trouble: 'timeout' } } as const
  for (const term of ['a:dead.example', 'mx:dead.example', 'exists:dead.example', 'include:dead.example', 'redirect=dead.example']) {
    const got = await check(policy(`v=spf1 ${term}`, dead))
    assert.equal(got.verdict, 'temperror', term)
    assert.match(got.problem ?? '', /dead\.example/)
  }
  assert.equal((await check(policy('v=spf1 ptr:dead.example -all', { '192.0.2.1': { trouble: 'timeout' } }))).verdict, 'fail')
  assert.equal((await check(policy('v=spf1 a:bad.example -all', { 'bad.example': { trouble: 'bad-name' } }))).verdict, 'fail')
})

test('a term that would put a local part beyond ASCII into a name matches nothing, asks nobody and breaks nothing', async () => {
  const mailFrom = 'jos\u00e9@from.example'
  for (const macro of ['%{l}', '%{s}', '%{L}', '%{S1r-}']) {
    const exists = [1, 2, 3].map((at) => `exists:${macro}.x${at}.example`).join(' ')
    assert.partialDeepStrictEqual(await check(policy(`v=spf1 ${exists} include:${macro}._x.example a:${macro}.a.example ptr:${macro}.p.example ip4:192.0.2.1 -all`), { mailFrom }), { verdict: 'pass', questions: 1, voids: 0 }, macro)
    assert.partialDeepStrictEqual(await check(policy(`v=spf1 redirect=${macro}._x.example`), { mailFrom }), { verdict: 'neutral', questions: 1 }, macro)
  }
  // The domain alone is as it was, and so is a local part in ASCII.
  assert.equal((await check(policy('v=spf1 exists:%{o}.x.example -all', { 'from.example.x.example': { A: ['127.0.0.2'] } }), { mailFrom })).verdict, 'pass')
  assert.equal((await check(policy('v=spf1 include:%{l}._x.example ip4:192.0.2.1 -all'))).verdict, 'permerror')
})

test('macros are what they stand for when a client is judged', async () => {
  const nibbles = '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2'
  const there = { A: ['127.0.0.2'] }
  const asked: readonly (readonly [string, string, string])[] = [
    ['%{ir}.%{v}', '2001:db8::1', `${nibbles}.ip6`], ['%{i}', '2001:db8::1', nibbles.split('.').toReversed().join('.')], ['%{ir}.%{v}', '192.0.2.1', '1.2.0.192.in-addr'], ['%{i}.%{v}', '::ffff:192.0.2.1', '192.0.2.1.in-addr'],
    ['%{h}', '192.0.2.1', 'mx.example'], ['%{h1}.%{d2}', '192.0.2.1', 'example.from.example'], ['%{l}.%{o}', '192.0.2.1', 'ani.from.example'], ['%{dr}', '192.0.2.1', 'example.from'],
  ]
  for (const [macro, client, name] of asked) {
    assert.equal((await check(policy(`v=spf1 exists:${macro}.x.example -all`, { [`${name}.x.example`]: there }), { client })).verdict, 'pass', macro)
    assert.equal((await check(policy(`v=spf1 exists:${macro}.x.example -all`, { [`${name}.y.example`]: there }), { client })).verdict, 'fail', macro)
  }
})

test('a redirect is followed only where nothing else decides: all does, wherever it stands', async () => {
  const others = { 'y.example': { TXT: ['v=spf1 +all'] } }
  for (const text of ['v=spf1 -all redirect=y.example', 'v=spf1 redirect=y.example -all']) assert.partialDeepStrictEqual(await check(policy(text, others)), { verdict: 'fail', lookups: 0, questions: 1 })
  assert.equal((await check(policy('v=spf1 redirect=y.example ip4:198.51.100.1', others))).verdict, 'pass')
})

test('an explanation that cannot be had is none', async () => {
  const exp = (TXT: readonly string[]): Promise<SpfResult> => check(policy('v=spf1 -all exp=why.example', { 'why.example': { TXT } }), { mailFrom: '\u00e4\r\n@from.example' })
  assert.equal((await exp(['Why?'])).explanation, 'Why?')
  assert.equal((await exp(['%{l}'])).explanation, '???')
  for (const texts of [[], ['one', 'two'], ['%{x}'], ['100%'], ['ä'], [' ']]) assert.equal((await exp(texts)).explanation, null)
})

test('an evaluation whose time is over is temporary trouble', async () => {
  const stop = new AbortController()
  const dns: SpfDns = {
    txt: async (name) => {
      stop.abort()
      return { kind: 'found', records: ['v=spf1 a:far.example -all'], name, aliases: [], authentic: false, ttlMs: 0, stale: false }
    },
    addresses: () => assert.fail('nothing is asked after the end'),
    mx: () => assert.fail('nothing is asked after the end'),
    ptr: () => assert.fail('nothing is asked after the end'),
  }
  assert.equal((await checkSpf(INPUT, dns, stop.signal)).verdict, 'temperror')
})

test('whatever is published and said, there is a verdict within the limits', async () => {
  const domains = ['from.example', 'a.example', 'b.example', '__proto__.example']
  const term = fc.oneof(
    fc.constantFrom('a', 'mx', 'ptr', '-all', '?all', 'exists:%{p}.x.example', 'a:%{s}.%{h}.x', 'ip4:192.0.2.0/24', 'exp=a.example', 'exp=%{s}', 'x=y', 'a:%{L}%{H}%{d99r}'),
    fc.tuple(fc.constantFrom('include:', 'redirect=', 'a:', 'mx:', 'ptr:', 'exists:'), fc.constantFrom(...domains)).map((parts) => parts.join('')),
  )
  const entry = fc.record({
    TXT: fc.array(fc.array(term, { maxLength: 14 }).map((terms) => `v=spf1 ${terms.join(' ')}`), { maxLength: 1 }), MX: fc.array(fc.constantFrom(...domains, '').map((name) => [1, name] as const), { maxLength: 12 }), A: fc.array(fc.constantFrom('192.0.2.1', '198.51.100.1', 'x'), { maxLength: 3 }),
  })
  await fc.assert(fc.asyncProperty(fc.tuple(...domains.map(() => entry)), fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', maxLength: 600 }), async (entries, local, helo) => {
    const dns = new MemoryDns({ ...Object.fromEntries(domains.map((name, at) => [name, entries[at] ?? {}])), '192.0.2.1': { PTR: domains } })
    for (const mailFrom of [`${local}@from.example`, '']) {
      dns.asked.length = 0
      const result = await checkSpf({ ...INPUT, mailFrom, helo }, dns, new AbortController().signal)
      assert.ok(dns.asked.length <= MAX_QUESTIONS)
      assert.equal(result.questions, dns.asked.length)
      assert.ok(result.explanation === null || /^[ -~]{1,400}$/.test(result.explanation))
    }
  }))
})
