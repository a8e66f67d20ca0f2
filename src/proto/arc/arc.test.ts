import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import test from 'node:test'
import fc from 'fast-check'
import type { AskKey } from '../dkim/ask-key.ts'
import { formatKeyRecord } from '../dkim/key-record.ts'
import { Signer } from '../dkim/sign.ts'
import type { SigningKey } from '../dkim/sign.ts'
import { Verifier } from '../dkim/verify.ts'
import type { ArcResult } from './check.ts'
import { MessageVerifier } from './message-verifier.ts'
import type { MessageFindings } from './message-verifier.ts'
import { Sealer } from './seal.ts'
import type { SealOptions } from './seal.ts'
import { vouchingHop } from './vouched.ts'

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ED25519 = generateKeyPairSync('ed25519')
const KEYS: readonly SigningKey[] = [
  { domain: 'list.example', selector: 'e', key: ED25519.privateKey },
  { domain: 'forward.example', selector: 'r', key: RSA.privateKey },
]
const [LIST, FORWARD] = KEYS as readonly [SigningKey, SigningKey]
const RECORDS: Readonly<Record<string, string>> = {
  'e._domainkey.list.example': formatKeyRecord(ED25519.publicKey),
  'r._domainkey.forward.example': formatKeyRecord(RSA.publicKey),
}
const NOW_MS = Date.parse('2026-01-02T00:00:00Z')
const AT_SECONDS = NOW_MS / 1000
const RESULTS = 'mx.list.example;\r\n\tspf=pass smtp.mailfrom=me.example;\r\n\tdmarc=pass header.from=me.example'
const MESSAGE = 'From: Ani <ani@me.example>\r\nTo: budi@there.example\r\nSubject: Halo\r\n\r\nHalo Budi.\r\n'
const { signal } = new AbortController()

const ask: AskKey = async (name) => {
  const text = Object.hasOwn(RECORDS, name) ? RECORDS[name] : undefined
  return text === undefined ? { kind: 'none' } : { kind: 'texts', texts: [text] }
}

async function sealed(message: string, options: Partial<SealOptions> = {}): Promise<string> {
  const sealer = new Sealer({ key: LIST, atSeconds: AT_SECONDS, results: RESULTS, chain: 'none', ...options })
  sealer.push(Buffer.from(message, 'latin1'))
  const fields = await sealer.finish()
  return fields.ok ? fields.value + message : fields.error
}

async function found(message: string, askKey: AskKey = ask, pieceBytes = Number.POSITIVE_INFINITY): Promise<MessageFindings> {
  const verifier = new MessageVerifier()
  const bytes = Buffer.from(message, 'latin1')
  for (let at = 0; at < bytes.length; at += pieceBytes) verifier.push(bytes.subarray(at, at + pieceBytes))
  return await verifier.finish(askKey, NOW_MS, signal)
}

const short = ({ result, reason, instance }: ArcResult): string => [result, reason, instance].filter((each) => each !== null).join(' ')
const state = async (message: string, askKey: AskKey = ask): Promise<string> => short((await found(message, askKey)).arc)

test('what we seal we verify, hop by hop, with both kinds of key', async () => {
  assert.equal(await state(MESSAGE), 'none')
  let message = await sealed(MESSAGE)
  assert.equal(await state(message), 'pass')
  for (let i = 2; i <= 5; i++) message = await sealed(`X-Hop: ${i}\r\n${message}`, { chain: 'pass', key: i % 2 === 0 ? FORWARD : LIST })
  const { arc } = await found(message)
  assert.equal(short(arc), 'pass')
  assert.deepEqual(arc.hops.map(({ instance, domain }) => [instance, domain]), [[5, 'list.example'], [4, 'forward.example'], [3, 'list.example'], [2, 'forward.example'], [1, 'list.example']])
  assert.match(arc.hops[0]?.results ?? '', /^mx\.list\.example;\s+spf=pass/)
})

test('a hop may change the message and seal it again; whoever does not breaks the chain', async () => {
  const first = await sealed(MESSAGE)
  const changed = first.replace('Halo Budi', 'Halo, Budi').replace('Subject: Halo', 'Subject: [list] Halo')
  assert.equal(await state(changed), 'fail body-changed 1')
  assert.equal(await state(first.replace('Subject: Halo', 'Subject: [list] Halo')), 'fail message-changed 1')
  const second = await sealed(changed, { chain: 'pass', key: FORWARD })
  assert.equal(await state(second), 'pass')
  // What the first hop had found cannot be changed any more.
  assert.equal(await state(second.replace(/(i=1; mx[^]*)dmarc=pass/, '$1dmarc=fail')), 'fail seal-wrong 2')
})

test('a chain that failed is closed with a set of its own, and then nobody adds to it', async () => {
  const broken = (await sealed(MESSAGE)).replace('Halo Budi', 'Hello Budi')
  const closed = await sealed(broken, { chain: 'fail', key: FORWARD })
  assert.match(closed, /ARC-Seal: i=2; a=rsa-sha256; cv=fail;/)
  assert.equal(await state(closed), 'fail closed 2')
  assert.equal(await sealed(closed, { chain: 'fail' }), 'closed')
})

test('a set is only added to the chain that is there', async () => {
  const one = await sealed(MESSAGE)
  assert.equal(await sealed(MESSAGE, { chain: 'pass' }), 'mismatch')
  assert.equal(await sealed(MESSAGE, { chain: 'fail' }), 'mismatch')
  assert.equal(await sealed(one, { chain: 'none' }), 'mismatch')
  assert.equal(await sealed(one.replace(/ARC-Seal:[^]*?(?=ARC-M)/, ''), { chain: 'pass' }), 'mismatch')
})

test('the first seal found no chain, and all others found one that passed', async () => {
  const one = await sealed(MESSAGE)
  assert.match(one, /^ARC-Seal: i=1; a=ed25519-sha256; cv=none;/)
  for (const chain of ['pass', 'fail']) assert.equal(await state(one.replace('cv=none;', `cv=${chain};`)), chain === 'fail' ? 'fail closed 1' : 'fail chain-state 1')
  const two = await sealed(one, { chain: 'pass', key: FORWARD })
  assert.equal(await state(two.replace('cv=pass;', 'cv=none;')), 'fail chain-state 2')
})

test('a chain has fifty sets at most', async () => {
  let message = await sealed(MESSAGE)
  for (let i = 2; i <= 50; i++) message = await sealed(message, { chain: 'pass' })
  assert.equal(await state(message), 'pass')
  assert.equal(await sealed(message, { chain: 'pass' }), 'full')
  assert.equal(await state(message.replaceAll('i=50;', 'i=51;')), 'fail seal-syntax')
})

test('whatever the results hold, the field stays one field', async () => {
  const hostile = 'mx.list.example; x=y\r\nBcc: evil@bad.test\r\n\r\nBody\0\r\n\t\r\n more'
  const message = await sealed(MESSAGE, { results: hostile })
  assert.equal(await state(message), 'pass')
  assert.equal(message.split('\r\n\r\n')[0]?.match(/^\S+?:/gm)?.length, 6)
})

test('DNS that does not answer and keys that are none fail the chain', async () => {
  const message = await sealed(MESSAGE)
  assert.equal(await state(message, async () => ({ kind: 'temporary' })), 'fail dns 1')
  assert.equal(await state(message, async () => ({ kind: 'none' })), 'fail no-key 1')
  assert.equal(await state(message, async () => ({ kind: 'texts', texts: [formatKeyRecord(RSA.publicKey)] })), 'fail key-mismatch 1')
})

test('one pass gives the findings that two would give, and keys are asked for once a name', async () => {
  const signer = new Signer([FORWARD], { atSeconds: AT_SECONDS - 10, lifeSeconds: null, header: 'relaxed', body: 'simple' })
  signer.push(Buffer.from(MESSAGE))
  const message = await sealed(`${(await signer.finish()) ?? ''}${MESSAGE}`)
  const alone = new Verifier()
  alone.push(Buffer.from(message))
  const asked: string[] = []
  for (const pieceBytes of [1, 7, 100, 100_000]) {
    const both = await found(message, async (name, s) => {
      asked.push(name)
      return await ask(name, s)
    }, pieceBytes)
    assert.equal(short(both.arc), 'pass')
    assert.deepEqual(both.dkim.map(({ result }) => result), ['pass'])
  }
  assert.equal(asked.length, 8)
  assert.deepEqual((await found(message)).dkim, await alone.finish(ask, NOW_MS, signal))
})

test('no character of what the last hop signed can be another one', async () => {
  const message = await sealed(MESSAGE)
  await fc.assert(fc.asyncProperty(fc.integer({ min: 0, max: message.length - 1 }), async (at) => {
    fc.pre(!/\s/.test(message.charAt(at)))
    const changed = message.slice(0, at) + (message.charAt(at) === '#' ? '%' : '#') + message.slice(at + 1)
    assert.notEqual((await found(changed)).arc.result, 'pass', changed)
  }), { numRuns: 300 })
})

test('a hop vouches when all hops after it are trusted as well', async () => {
  const passed = await found(await sealed(await sealed(MESSAGE), { chain: 'pass', key: FORWARD, results: 'mx.forward.example; dmarc=fail (dmarc=pass; x); arc=pass' }))
  const trusted = (...domains: readonly string[]) => (domain: string): boolean => domains.includes(domain)
  assert.equal(vouchingHop(passed.arc, trusted('list.example', 'forward.example'))?.instance, 1)
  assert.equal(vouchingHop(passed.arc, trusted('list.example')), null)
  assert.equal(vouchingHop(passed.arc, trusted('forward.example')), null)
  assert.equal(vouchingHop({ ...passed.arc, result: 'fail' }, () => true), null)
})

test('any fields are a chain or none, and never one that passes', async () => {
  const word = fc.constantFrom('i=1', 'i=2', 'i=0', 'i=51', ';', 'a=rsa-sha256', 'b=AAAA', 'cv=none', 'cv=pass', 'cv=fail', 'd=list.example', 's=e', 'h=from', 'bh=AAAA', 't=1', 'l=9', ' ', '\r\n\t', '__proto__=1')
  const field = fc.record({ name: fc.constantFrom('ARC-Seal', 'ARC-Message-Signature', 'ARC-Authentication-Results'), words: fc.array(word, { maxLength: 20 }), tidy: fc.boolean() })
  await fc.assert(fc.asyncProperty(fc.array(field, { maxLength: 160 }), fc.uint8Array(), async (fields, body) => {
    const header = fields.map(({ name, words, tidy }) => `${name}: ${words.join(tidy ? ';' : '')}\r\n`).join('')
    const { arc } = await found(`${header}From: a@b.test\r\n\r\n${Buffer.from(body).toString('latin1')}`)
    assert.notEqual(arc.result, 'pass')
  }))
})

test('a header without end has no chain and is not sealed', async () => {
  const header = 'X: y\r\n'.repeat(50_000)
  assert.equal(await state(header + MESSAGE), 'fail header-too-large')
  assert.equal(await sealed(header + MESSAGE), 'header-too-large')
})
