import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { Answer } from '../../base/dns.ts'
import type { Domain } from '../../base/brand.ts'
import { authorDomains } from './author.ts'
import { evaluateDmarc } from './evaluate.ts'
import type { DmarcInput } from './evaluate.ts'
import type { DmarcOutcome } from './outcome.ts'
import { TreeWalks, organizationOf, walkNames } from './walk.ts'

const { signal } = new AbortController()

/** Texts at a name; `silent` does not answer, `empty` exists without records, an alias to nowhere; all others are NXDOMAIN. */
type Zone = Readonly<Record<string, readonly string[] | 'silent' | 'empty' | 'dangling'>>

function walksIn(zone: Zone, asked: string[] = []): TreeWalks {
  return new TreeWalks(async (name): Promise<Answer<string>> => {
    asked.push(name)
    const known = Object.hasOwn(zone, name) ? zone[name] : undefined
    if (known === 'silent') return { kind: 'failed', why: 'timeout', detail: '' }
    if (known === undefined) return { kind: 'none', why: 'nxdomain', name, aliases: [], authentic: false, ttlMs: 1 }
    if (known === 'empty') return { kind: 'none', why: 'nodata', name, aliases: [], authentic: false, ttlMs: 1 }
    if (known === 'dangling') return { kind: 'none', why: 'nxdomain', name: 'gone.example', aliases: [name], authentic: false, ttlMs: 1 }
    return { kind: 'found', records: known, name, aliases: [], authentic: false, ttlMs: 1, stale: false }
  }, signal)
}

const FAILED: Omit<DmarcInput, 'authors'> = { spf: { result: 'fail', domain: 'bad.test' }, dkim: [] }

async function judged(zone: Zone, author: string, rest: Partial<DmarcInput> = {}, asked: string[] = []): Promise<DmarcOutcome> {
  return await evaluateDmarc({ ...FAILED, authors: author.split(' ') as Domain[], ...rest }, walksIn(zone, asked))
}

const short = ({ result, applies, tag, policyDomain, reasons }: DmarcOutcome): string => [result, applies, tag, policyDomain, ...reasons].join(' ')
const passing = (...domains: readonly string[]): Partial<DmarcInput> => ({ dkim: domains.map((domain) => ({ result: 'pass', domain })) })

test('a walk goes down to the last label and asks eight times at most', async () => {
  const long = 'a.b.c.d.e.f.g.h.i.mail.example.com'
  const asked: string[] = []
  assert.equal(short(await judged({}, long, {}, asked)), 'none none   no-record')
  const below = ['g.h.i.mail.example.com', 'h.i.mail.example.com', 'i.mail.example.com', 'mail.example.com', 'example.com', 'com']
  assert.deepEqual(asked, [long, 'f.g.h.i.mail.example.com', ...below].map((name) => `_dmarc.${name}`))
  assert.equal(asked.length, 8)
  assert.deepEqual(walkNames('a.b.c.d.e.f.g.h').length, 8)
  assert.deepEqual(walkNames('a.b.c.d.e.f.g').length, 7)
  assert.deepEqual(walkNames('localhost'), ['localhost'])
  await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom('a', 'b', 'xn--a', '', 'x'.repeat(64)), { minLength: 1, maxLength: 130 }), async (labels) => {
    const walks = walksIn({})
    await walks.walk(labels.join('.'))
    assert.ok(walks.queries <= 8)
  }))
})

test('the record of the author comes first, and nothing else is asked', async () => {
  const asked: string[] = []
  const outcome = await judged({ '_dmarc.sub.me.test': ['v=DMARC1; p=quarantine; sp=reject'], '_dmarc.me.test': ['v=DMARC1; p=reject'] }, 'sub.me.test', {}, asked)
  assert.equal(short(outcome), 'fail quarantine p sub.me.test')
  assert.deepEqual(asked, ['_dmarc.sub.me.test'])
})

test('an inherited record has sp for names that exist and np for those that do not, each falling back', async () => {
  const at = async (record: string, zone: Zone = {}): Promise<string> => short(await judged({ '_dmarc.me.test': [record], ...zone }, 'sub.me.test'))
  const exists = { 'sub.me.test': 'empty' } as const
  assert.equal(await at('v=DMARC1; p=none; sp=quarantine; np=reject', exists), 'fail quarantine sp me.test')
  assert.equal(await at('v=DMARC1; p=none; sp=quarantine; np=reject'), 'fail reject np me.test no-such-domain')
  assert.equal(await at('v=DMARC1; p=none; sp=quarantine; np=reject', { 'sub.me.test': 'dangling' }), 'fail quarantine sp me.test')
  assert.equal(await at('v=DMARC1; p=none; sp=quarantine'), 'fail quarantine sp me.test no-such-domain')
  assert.equal(await at('v=DMARC1; p=reject', exists), 'fail reject p me.test')
  assert.equal(await at('v=DMARC1; p=reject; np=none'), 'fail none np me.test no-such-domain')
  // Nobody knows whether it exists, and it matters.
  assert.equal(await at('v=DMARC1; p=reject; np=none', { 'sub.me.test': 'silent' }), 'temperror none np me.test dns')
  assert.equal(await at('v=DMARC1; p=reject; np=reject', { 'sub.me.test': 'silent' }), 'fail reject p me.test')
})

test('the organizational domain is where the walk says', async () => {
  const of = async (zone: Zone, start: string): Promise<string> => organizationOf(await walksIn(zone).walk(start))
  const record = 'v=DMARC1; p=none'
  assert.equal(await of({}, 'a.b.test'), 'a.b.test')
  assert.equal(await of({ '_dmarc.a.b.test': [record], '_dmarc.b.test': [record] }, 'a.b.test'), 'b.test')
  assert.equal(await of({ '_dmarc.b.test': [record], '_dmarc.test': [`${record}; psd=y`] }, 'a.b.test'), 'b.test')
  assert.equal(await of({ '_dmarc.test': [`${record}; psd=y`] }, 'c.a.b.test'), 'b.test')
  assert.equal(await of({ '_dmarc.a.b.test': [`${record}; psd=n`], '_dmarc.b.test': [record] }, 'c.a.b.test'), 'a.b.test')
  assert.equal(await of({ '_dmarc.test': [`${record}; psd=y`] }, 'test'), 'test')
  assert.equal(await of({ '_dmarc.b.test': [`${record}; psd=u`], '_dmarc.test': [record] }, 'a.b.test'), 'test')
})

test('the policy of a public suffix is for those below it that have none', async () => {
  const zone: Zone = { '_dmarc.bank': ['v=DMARC1; p=reject; sp=quarantine; psd=y'], '_dmarc.own.bank': ['v=DMARC1; p=none'], 'mail.foo.bank': 'empty' }
  assert.equal(short(await judged(zone, 'mail.foo.bank')), 'fail quarantine sp bank')
  assert.equal((await judged(zone, 'mail.foo.bank')).organization, 'foo.bank')
  assert.equal(short(await judged(zone, 'x.own.bank')), 'fail none p own.bank no-such-domain')
  // Two organizations below one suffix are not each other's.
  assert.equal((await judged(zone, 'mail.foo.bank', passing('bar.bank'))).result, 'fail')
  assert.equal((await judged(zone, 'mail.foo.bank', passing('sig.foo.bank'))).result, 'pass')
})

test('an intermediate psd=n makes an organization of its own', async () => {
  const zone: Zone = { '_dmarc.me.test': ['v=DMARC1; p=reject'], '_dmarc.unit.me.test': ['v=DMARC1; p=quarantine; psd=n'] }
  assert.equal((await judged(zone, 'a.unit.me.test', passing('b.unit.me.test'))).result, 'pass')
  assert.equal((await judged(zone, 'a.unit.me.test', passing('me.test'))).result, 'fail')
  assert.equal((await judged(zone, 'me.test', passing('unit.me.test'))).result, 'fail')
})

test('several records at a name are none, and what is no record does not count', async () => {
  const two = ['v=DMARC1; p=none', 'v=DMARC1; p=reject']
  assert.equal(short(await judged({ '_dmarc.me.test': two }, 'me.test')), 'none none   several-records no-record')
  assert.equal(short(await judged({ '_dmarc.sub.me.test': two, '_dmarc.me.test': ['v=DMARC1; p=reject'], 'sub.me.test': 'empty' }, 'sub.me.test')), 'fail reject p me.test several-records')
  assert.equal(short(await judged({ '_dmarc.me.test': ['v=spf1 -all', 'v=dmarc1; p=reject', 'v=DMARC1; p=quarantine', 'DMARC1; p=reject'] }, 'me.test')), 'fail quarantine p me.test')
})

test('t=y makes every policy one step milder, and only then', async () => {
  const at = async (record: string): Promise<string> => short(await judged({ '_dmarc.me.test': [record] }, 'me.test'))
  assert.equal(await at('v=DMARC1; p=reject; t=y'), 'fail quarantine p me.test testing')
  assert.equal(await at('v=DMARC1; p=quarantine; t=y'), 'fail none p me.test testing')
  assert.equal(await at('v=DMARC1; p=none; t=y'), 'fail none p me.test testing')
  assert.equal(await at('v=DMARC1; p=reject; t=n'), 'fail reject p me.test')
  assert.equal((await judged({ '_dmarc.me.test': ['v=DMARC1; p=reject; t=y'] }, 'me.test')).published, 'reject')
})

test('a missing policy is none; a wrong one too when somebody reads reports, else nothing is judged', async () => {
  const at = async (record: string): Promise<string> => short(await judged({ '_dmarc.me.test': [record] }, 'me.test'))
  assert.equal(await at('v=DMARC1'), 'fail none p me.test')
  assert.equal(await at('v=DMARC1; rua=mailto:a@me.test'), 'fail none p me.test')
  assert.equal(await at('v=DMARC1; p=block; rua=mailto:a@me.test'), 'fail none p me.test invalid-policy')
  assert.equal(await at('v=DMARC1; p=reject; sp=all; rua=https://me.test/'), 'fail none p me.test invalid-policy')
  assert.equal(await at('v=DMARC1; p=block'), 'permerror none  me.test invalid-policy')
  assert.equal(await at('v=DMARC1; p=reject; np=x; rua=a@me.test'), 'permerror none  me.test invalid-policy')
})

test('alignment is the organization when relaxed and the name when strict', async () => {
  const at = async (record: string, rest: Partial<DmarcInput>, author = 'mail.me.test'): Promise<string> =>
    (await judged({ '_dmarc.me.test': [record], [`_dmarc.mail.me.test`]: [record], 'mail.me.test': 'empty' }, author, rest)).result
  const spf = (domain: string, result = 'pass'): Partial<DmarcInput> => ({ spf: { result, domain } })
  assert.equal(await at('v=DMARC1; p=reject', passing('me.test')), 'pass')
  assert.equal(await at('v=DMARC1; p=reject; adkim=s', passing('me.test')), 'fail')
  assert.equal(await at('v=DMARC1; p=reject; adkim=s', passing('other.test', 'mail.me.test')), 'pass')
  assert.equal(await at('v=DMARC1; p=reject', spf('bounce.me.test')), 'pass')
  assert.equal(await at('v=DMARC1; p=reject; aspf=s', spf('bounce.me.test')), 'fail')
  assert.equal(await at('v=DMARC1; p=reject; aspf=s', spf('mail.me.test')), 'pass')
  assert.equal(await at('v=DMARC1; p=reject', spf('me.test', 'softfail')), 'fail')
  assert.equal(await at('v=DMARC1; p=reject', passing('notme.test', 'xme.test')), 'fail')
  const outcome = await judged({ '_dmarc.me.test': ['v=DMARC1; p=reject'] }, 'me.test', { ...passing('x.test', 'a.me.test', 'me.test'), ...spf('b.me.test') })
  assert.deepEqual([outcome.spfAligned, outcome.dkimAligned, outcome.organization], ['b.me.test', ['a.me.test', 'me.test'], 'me.test'])
})

test('a name is asked for once in a message', async () => {
  const asked: string[] = []
  const record = { '_dmarc.me.test': ['v=DMARC1; p=reject'] }
  await judged(record, 'mail.me.test', { ...passing('a.mail.me.test', 'b.mail.me.test', 'mail.me.test'), spf: { result: 'pass', domain: 'a.mail.me.test' } }, asked)
  assert.equal(new Set(asked).size, asked.length)
})

test('silence of DNS is temporary where it could have made the message pass, and nowhere else', async () => {
  const zone: Zone = { '_dmarc.me.test': ['v=DMARC1; p=reject'], '_dmarc.a.me.test': 'silent', '_dmarc.evil.test': 'silent' }
  const dkim = (domain: string, result: 'pass' | 'temperror'): Partial<DmarcInput> => ({ dkim: [{ domain, result }] })
  assert.equal(short(await judged(zone, 'a.me.test')), 'temperror none   dns')
  assert.equal(short(await judged(zone, 'me.test', dkim('me.test', 'temperror'))), 'temperror none p me.test dkim-temperror')
  assert.equal(short(await judged(zone, 'me.test', { spf: { result: 'temperror', domain: 'me.test' } })), 'temperror none p me.test spf-temperror')
  assert.equal(short(await judged(zone, 'me.test', dkim('a.me.test', 'pass'))), 'temperror none p me.test dns')
  // Strangers do not switch a policy off.
  assert.equal(short(await judged(zone, 'me.test', dkim('evil.test', 'pass'))), 'fail reject p me.test')
  assert.equal(short(await judged(zone, 'me.test', dkim('evil.test', 'temperror'))), 'fail reject p me.test')
  // What passed needs nothing more.
  assert.equal(short(await judged({ ...zone, '_dmarc.test': 'silent' }, 'me.test', dkim('me.test', 'pass'))), 'pass none p me.test')
})

test('several authors of different domains never pass, and the strictest policy is for them', async () => {
  const zone: Zone = { '_dmarc.me.test': ['v=DMARC1; p=none'], '_dmarc.bank.test': ['v=DMARC1; p=reject'] }
  assert.equal(short(await judged(zone, 'me.test bank.test', passing('me.test'))), 'permerror reject p bank.test several-authors')
  assert.equal(short(await judged(zone, 'me.test bank.test', passing('me.test', 'bank.test'))), 'permerror none p me.test several-authors')
  assert.equal(short(await judged(zone, 'a.test b.test c.test d.test bank.test')), 'permerror quarantine   several-authors no-record')
  assert.equal(short(await judged(zone, 'me.test', { authors: null })), 'permerror none   no-author')
  const shown = async (rest: Partial<DmarcInput>, ...domains: readonly string[]): Promise<string> => short(await judged(zone, 'me.test', { ...rest, authors: null, shown: domains as Domain[] }))
  assert.equal(await shown(passing('me.test'), 'me.test', 'bank.test'), 'permerror reject p bank.test no-author')
  assert.equal(await shown(passing('bank.test'), 'bank.test'), 'permerror none p bank.test no-author')
  assert.equal(await shown({ isCut: true }), 'permerror quarantine   no-author')
  assert.equal(await shown({ isCut: true, ...passing('me.test') }, 'me.test'), 'permerror quarantine p me.test no-author')
  assert.equal(await shown({ isCut: true }, 'bank.test'), 'permerror reject p bank.test no-author')
})

test('an author whose servers are silent does not put off the question for another', async () => {
  const bankIsAsked = Promise.withResolvers<void>()
  const walks = new TreeWalks(async (name): Promise<Answer<string>> => {
    if (name === '_dmarc.bank.test') {
      bankIsAsked.resolve()
      return { kind: 'found', records: ['v=DMARC1; p=reject'], name, aliases: [], authentic: false, ttlMs: 1, stale: false }
    }
    await bankIsAsked.promise
    return { kind: 'failed', why: 'timeout', detail: '' }
  }, signal)
  assert.equal(short(await evaluateDmarc({ ...FAILED, authors: ['silent.test', 'bank.test'] as Domain[] }, walks)), 'permerror reject p bank.test several-authors')
})

test('the authors of a From are read as A-labels', async () => {
  assert.deepEqual(authorDomains('Bücher <a@bücher.example>, b@XN--bcher-kva.example'), ['xn--bcher-kva.example'])
  assert.deepEqual(authorDomains('a@one.test, b@two.test'), ['one.test', 'two.test'])
  for (const from of ['', 'nobody', 'a@[192.0.2.1]', 'a@one.test b@two.test', '<a@one.test']) assert.equal(authorDomains(from), null, from)
  const zone: Zone = { '_dmarc.xn--bcher-kva.example': ['v=DMARC1; p=reject'] }
  const outcome = await evaluateDmarc({ ...FAILED, ...passing('xn--bcher-kva.example'), authors: authorDomains('a@bücher.example') }, walksIn(zone))
  assert.equal(outcome.result, 'pass')
})

test('whatever DNS and a message say, the outcome is bounded and no policy applies to what passed', async () => {
  const name = fc.array(fc.constantFrom('a', 'b', 'me', 'test'), { minLength: 1, maxLength: 12 }).map((labels) => labels.join('.'))
  const text = fc.array(fc.constantFrom('p=reject', 'p=x', 'sp=none', 'np=reject', 'psd=y', 'psd=n', 't=y', 'adkim=s', 'aspf=s', 'rua=mailto:a@b.test')).map((tags) => ['v=DMARC1', ...tags].join(';'))
  const zone = fc.dictionary(name.map((each) => `_dmarc.${each}`), fc.oneof(fc.array(text, { maxLength: 3 }), fc.constant('silent' as const)), { maxKeys: 12 })
  const dkim = fc.array(fc.record({ domain: name, result: fc.constantFrom('pass' as const, 'fail' as const, 'temperror' as const) }), { maxLength: 30 })
  await fc.assert(fc.asyncProperty(zone, name, dkim, async (records, author, signatures) => {
    const outcome = await judged(records as Zone, author, { dkim: signatures })
    assert.ok(outcome.queries <= 8 * 12 + 1)
    if (outcome.result !== 'fail') assert.equal(outcome.applies, 'none')
    if (outcome.result === 'pass') assert.ok(outcome.dkimAligned.length > 0)
  }))
})
