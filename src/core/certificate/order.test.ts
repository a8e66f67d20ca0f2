import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { makeCertificate } from '../../../test/support/certificate.ts'
import type { ChallengeAnswer, ChallengeKind } from './certificate.ts'
import type { AcmeAnswer, AskAcme } from './client.ts'
import { orderCertificate, type OrderOptions } from './order.ts'
import type { AcmeAccount } from './sql.ts'

const CA = 'https://ca.test'
const forever = new AbortController().signal
const ours = await makeCertificate(['mx.test'])
const account: AcmeAccount = { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' }) as string, url: `${CA}/account` }

type Said = { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }

const DIRECTORY = { newNonce: `${CA}/nonce`, newAccount: `${CA}/new-account`, newOrder: `${CA}/new-order` }
const order = (status: string): Said => ({ headers: { location: `${CA}/order` }, body: { status, authorizations: [`${CA}/authz`], finalize: `${CA}/finalize`, certificate: `${CA}/cert` } })
const authz = (status: string, error?: unknown): Said => ({
  body: { status, identifier: { type: 'dns', value: 'mx.test' }, challenges: [{ type: 'http-01', url: `${CA}/challenge`, token: 'tok', status: 'pending', ...(error === undefined ? {} : { error }) }] },
})
const refusal = (type: string, headers: Readonly<Record<string, string>> = {}): Said => ({ status: 403, headers, body: { type: `urn:ietf:params:acme:error:${type}`, detail: 'so it is' } })

/** What an authority says when everything goes well. */
const WELL: Readonly<Record<string, readonly Said[]>> = {
  '/dir': [{ body: DIRECTORY }],
  '/nonce': [{ headers: { 'replay-nonce': 'n0' } }],
  '/new-account': [{ status: 201, headers: { location: `${CA}/account` }, body: {} }],
  '/new-order': [order('pending')],
  '/authz': [authz('pending'), authz('valid')],
  '/challenge': [{ body: {} }],
  '/order': [order('ready'), order('valid')],
  '/finalize': [order('processing')],
  '/cert': [{ body: ours.cert }],
}

interface Played {
  readonly result: Awaited<ReturnType<typeof orderCertificate>>
  readonly asked: readonly string[]
  readonly answers: readonly string[]
  readonly kept: readonly AcmeAccount[]
}

/** Orders from an authority that says these things, one after the other for each path, the last again and again. */
async function play(said: Readonly<Record<string, readonly Said[]>>, options: Partial<OrderOptions> = {}): Promise<Played> {
  const asked: string[] = []
  const answers: string[] = []
  const kept: AcmeAccount[] = []
  const lines = new Map(Object.entries({ ...WELL, ...said }).map(([path, all]) => [path, [...all]]))
  const ask: AskAcme = async ({ url }) => {
    const path = url.slice(CA.length)
    asked.push(path)
    const line = lines.get(path) ?? []
    const next = line.length > 1 ? line.shift() : line[0]
    if (next === undefined) return { kind: 'failed', why: 'nobody is there' }
    const { status = 200, headers = {}, body = '' } = next
    const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
    return { kind: 'answered', status, headers: { 'replay-nonce': `n${asked.length}`, ...headers }, bytes } satisfies AcmeAnswer
  }
  const note = (word: string) => async (answer: ChallengeAnswer) => void answers.push(`${word} ${answer.kind === 'http-01' ? answer.token : answer.name}`)
  const result = await orderCertificate({ name: 'mx.test', names: ['mx.test'] }, {
    directory: `${CA}/dir`, ask, clock: { nowMs: () => 5 }, contact: ['a@mx.test'], external: null, keyType: 'p256', challenge: 'http-01', account,
    keepAccount: async (each) => void kept.push(each), answer: note('answer'), forget: note('forget'),
    makeRequest: async () => ({ request: new Uint8Array([1]), key: ours.key }), selfSigned: async () => ours, ...options,
  }, forever)
  return { result, asked, answers, kept }
}

test('an order runs from the directory to a certificate that was looked at, and the answer is there for as long as it is asked for', async () => {
  const { result, asked, answers, kept } = await play({})
  assert.ok(result.ok)
  assert.deepEqual([result.value.chain, result.value.names, result.value.issuedMs], [ours.cert, ['mx.test'], 5])
  assert.deepEqual(answers, ['answer tok', 'forget tok'])
  assert.deepEqual(kept, [])
  assert.deepEqual(asked, ['/dir', '/nonce', '/new-order', '/authz', '/challenge', '/authz', '/order', '/finalize', '/order', '/cert'])
})

test('a new account is kept before and after the authority knows it; one that it has forgotten is made again with the same key', async () => {
  const fresh = await play({}, { account: null })
  assert.ok(fresh.result.ok)
  assert.deepEqual(fresh.kept.map(({ url }) => url), [null, account.url])
  const forgotten = await play({ '/new-order': [refusal('accountDoesNotExist'), order('pending')] })
  assert.ok(forgotten.result.ok)
  assert.deepEqual(forgotten.kept, [{ key: account.key, url: account.url }])
})

const refused: Readonly<Record<string, readonly [Readonly<Record<string, readonly Said[]>>, RegExp, number | null]>> = {
  'a directory that is none': [{ '/dir': [{ body: '<html>' }] }, /is no directory of ACME/, null],
  'an authority that is silent': [{ '/dir': [] }, /does not answer: nobody is there/, null],
  'an authority without nonces': [{ '/nonce': [{ headers: { 'replay-nonce': '' } }, { status: 500 }], '/new-order': [refusal('badNonce')] }, /badNonce/, null],
  'a limit': [{ '/new-order': [refusal('rateLimited', { 'retry-after': '3600' })] }, /^the authority refused \(403\): rateLimited: so it is$/, 3_600_000],
  'a limit until a date': [{ '/new-order': [refusal('rateLimited', { 'retry-after': 'Thu, 01 Jan 1970 00:01:00 GMT' })] }, /rateLimited/, 59_995],
  'a proof that failed': [{ '/authz': [authz('pending'), authz('invalid', { type: 'urn:ietf:params:acme:error:dns', detail: 'no address' })] }, /^mx\.test was not shown to be ours by http-01: dns: no address$/, null],
  'an order that is no order': [{ '/new-order': [{ body: { status: 'odd' } }] }, /no order/, null],
  'an order that failed': [{ '/order': [order('invalid')] }, /the order is invalid/, null],
  'a certificate that is none': [{ '/cert': [{ body: 'no certificate' }] }, /not for our key/, null],
  'a certificate for another key': [{ '/cert': [{ body: (await makeCertificate(['mx.test'])).cert }] }, /not for our key/, null],
}

for (const [what, [said, why, retryAfterMs]] of Object.entries(refused)) {
  test(`${what} is a fault with a reason, and no answer is left behind`, async () => {
    const { result, answers } = await play(said)
    assert.ok(!result.ok)
    assert.match(result.error.why, why)
    assert.equal(result.error.retryAfterMs, retryAfterMs)
    assert.equal(answers.filter((word) => word.startsWith('answer')).length, answers.filter((word) => word.startsWith('forget')).length)
  })
}

test('a certificate without one of the names, and a way of proof that is not offered, are faults', async () => {
  const other = await makeCertificate(['other.test'])
  const without = await play({ '/cert': [{ body: other.cert }] }, { makeRequest: async () => ({ request: new Uint8Array([1]), key: other.key }) })
  assert.ok(!without.result.ok && /without mx\.test/.test(without.result.error.why))
  const notOffered = await play({}, { challenge: 'tls-alpn-01' satisfies ChallengeKind })
  assert.ok(!notOffered.result.ok && /does not offer tls-alpn-01 for mx\.test/.test(notOffered.result.error.why))
})

test('an order that is called off ends with a fault', async () => {
  const stop = new AbortController()
  const said = { ...WELL, '/order': [order('pending')] }
  const ask: AskAcme = async ({ url }) => {
    const path = url.slice(CA.length)
    if (path === '/order') stop.abort()
    const { headers = {}, body = '' } = said[path as keyof typeof said][0] ?? {}
    return { kind: 'answered', status: 200, headers: { 'replay-nonce': 'n', ...headers }, bytes: Buffer.from(JSON.stringify(path === '/authz' ? authz('valid').body : body)) }
  }
  const none = async (): Promise<void> => {}
  const options = { directory: `${CA}/dir`, ask, clock: { nowMs: () => 5 }, contact: [], external: null, keyType: 'p256', challenge: 'http-01', account, keepAccount: none, answer: none, forget: none } as const
  const result = await orderCertificate({ name: 'mx.test', names: ['mx.test'] }, { ...options, makeRequest: async () => ({ request: new Uint8Array(), key: '' }), selfSigned: async () => ours }, stop.signal)
  assert.deepEqual(result, { ok: false, error: { why: 'it took too long', retryAfterMs: null } })
})
