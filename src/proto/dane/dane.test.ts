import 'reflect-metadata'
import assert from 'node:assert/strict'
import { createHash, webcrypto, X509Certificate } from 'node:crypto'
import { before, test } from 'node:test'
import { BasicConstraintsExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509'
import fc from 'fast-check'
import type { Tlsa } from '../../base/dns.ts'
import { daneFault } from './match.ts'
import { usableTlsa } from './usable.ts'

const NOW_MS = Date.UTC(2026, 5, 1)
const DAY_MS = 86_400_000
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

interface Made {
  readonly der: Buffer
  readonly keys: webcrypto.CryptoKeyPair
  readonly name: string
}

interface MakeOptions {
  readonly name: string
  readonly issuer?: Made
  readonly isCa?: true
  readonly endsMs?: number
  readonly dns?: string
}

async function make({ name, issuer, isCa, endsMs, dns }: MakeOptions): Promise<Made> {
  const keys = (await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']))
  const certificate = await X509CertificateGenerator.create(
    {
      subject: `CN=${name}`,
      issuer: `CN=${issuer?.name ?? name}`,
      notBefore: new Date(NOW_MS - 10 * DAY_MS),
      notAfter: new Date(endsMs ?? NOW_MS + DAY_MS),
      publicKey: keys.publicKey,
      signingKey: issuer?.keys.privateKey ?? keys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(isCa === true, undefined, true),
        ...(dns === undefined ? [] : [new SubjectAlternativeNameExtension([{ type: 'dns', value: dns }])]),
      ],
    },
    webcrypto as Crypto,
  )
  return { der: Buffer.from(certificate.rawData), keys, name }
}

/** A record of the kind `usage selector matchingType` for a certificate. */
function tlsa(kind: string, der: Buffer): Tlsa {
  const [usage = 0, selector = 0, matchingType = 0] = kind.split(' ').map(Number)
  const selected = selector === 0 ? der : new X509Certificate(der).publicKey.export({ type: 'spki', format: 'der' })
  return { usage, selector, matchingType, data: matchingType === 0 ? selected : createHash(matchingType === 1 ? 'sha256' : 'sha512').update(selected).digest() }
}

let root: Made
let middle: Made
let server: Made
let stranger: Made
before(async () => {
  root = await make({ name: 'Root', isCa: true })
  middle = await make({ name: 'Middle', isCa: true, issuer: root })
  server = await make({ name: 'mx', issuer: middle, dns: 'mx.far.test' })
  stranger = await make({ name: 'Stranger', isCa: true })
})

const check = (records: readonly Tlsa[], chain: readonly Made[], names: readonly string[] = ['mx.far.test'], nowMs = NOW_MS): string | null =>
  daneFault({ records, chain: chain.map(({ der }) => der), names, nowMs })?.type ?? null

const KINDS = ['0 0', '0 1', '0 2', '1 0', '1 1', '1 2']

test('DANE-EE accepts the certificate or its key, whole or as a digest', () => {
  for (const kind of KINDS) {
    assert.equal(check([tlsa(`3 ${kind}`, server.der)], [server]), null, kind)
    assert.equal(check([tlsa(`3 ${kind}`, stranger.der)], [server, middle, root]), 'validation-failure', kind)
  }
})

test('DANE-EE looks neither at names nor at dates', () => {
  assert.equal(check([tlsa('3 1 1', server.der)], [server], ['other.test'], NOW_MS + 1_000 * DAY_MS), null)
})

test('DANE-EE means the certificate of the server, not one of its chain', () => {
  assert.equal(check([tlsa('3 1 1', middle.der)], [server, middle, root]), 'validation-failure')
})

test('DANE-TA accepts a chain that leads to the certificate', () => {
  for (const kind of KINDS) {
    assert.equal(check([tlsa(`2 ${kind}`, root.der)], [server, middle, root]), null, kind)
    assert.equal(check([tlsa(`2 ${kind}`, middle.der)], [server, middle]), null, kind)
    assert.equal(check([tlsa(`2 ${kind}`, stranger.der)], [server, middle, root]), 'validation-failure', kind)
  }
})

test('DANE-TA does not mean the certificate of the server itself', () => {
  assert.equal(check([tlsa('2 1 1', server.der)], [server]), 'validation-failure')
})

test('a certificate that is only shown, and issued nothing, is no anchor', () => {
  assert.equal(check([tlsa('2 0 1', stranger.der)], [server, stranger]), 'validation-failure')
  assert.equal(check([tlsa('2 0 1', stranger.der)], [server, middle, stranger]), 'validation-failure')
})

test('an issuer of the right name and another key is not the issuer', async () => {
  const impostor = await make({ name: 'Middle', isCa: true })
  assert.equal(check([tlsa('2 0 1', impostor.der)], [server, impostor]), 'validation-failure')
})

test('DANE-TA wants one of the names in the certificate', () => {
  const records = [tlsa('2 0 1', root.der)]
  assert.equal(check(records, [server, middle, root], ['far.test', 'mx.far.test']), null)
  assert.equal(check(records, [server, middle, root], ['far.test']), 'certificate-host-mismatch')
})

test('DANE-TA wants dates that hold, of the whole chain', async () => {
  const old = await make({ name: 'Old', isCa: true, issuer: root, endsMs: NOW_MS - DAY_MS })
  const below = await make({ name: 'mx', issuer: old, dns: 'mx.far.test' })
  assert.equal(check([tlsa('2 0 1', root.der)], [below, old, root]), 'certificate-expired')
  assert.equal(check([tlsa('2 0 1', root.der)], [server, middle, root], ['mx.far.test'], NOW_MS - 11 * DAY_MS), 'certificate-expired')
})

test('who may not issue certificates issues none', async () => {
  const layman = await make({ name: 'Layman', issuer: root })
  const below = await make({ name: 'mx', issuer: layman, dns: 'mx.far.test' })
  assert.equal(check([tlsa('2 0 1', root.der)], [below, layman, root]), 'validation-failure')
})

test('one record that matches is enough', () => {
  assert.equal(check([tlsa('3 1 1', stranger.der), tlsa('2 0 1', stranger.der), tlsa('3 1 1', server.der)], [server]), null)
})

test('only DANE-TA and DANE-EE of forms that are known can be used', () => {
  const data = Buffer.alloc(32)
  const record = (usage: number, selector: number, matchingType: number, bytes = data): Tlsa => ({ usage, selector, matchingType, data: bytes })
  for (const good of [record(2, 0, 1), record(3, 1, 1), record(3, 0, 0), record(2, 1, 2, Buffer.alloc(64))]) assert.deepEqual(usableTlsa([good]), [good])
  for (const bad of [record(0, 0, 1), record(1, 1, 1), record(4, 1, 1), record(255, 1, 1), record(3, 2, 1), record(3, 1, 3), record(3, 1, 2), record(3, 1, 1, Buffer.alloc(31)), record(3, 1, 0, Buffer.alloc(0))]) {
    assert.deepEqual(usableTlsa([bad]), [], JSON.stringify(bad))
  }
})

test('of two digests of the same thing the stronger one counts', () => {
  const strong = tlsa('3 1 2', stranger.der)
  assert.deepEqual(usableTlsa([tlsa('3 1 1', server.der), strong]), [strong])
  assert.equal(usableTlsa([tlsa('3 0 1', server.der), strong]).length, 2)
})

test('no bytes make the check throw or match', () => {
  const bytes = fc.uint8Array({ maxLength: 100 })
  const record = fc.record({ usage: fc.constantFrom(2, 3), selector: fc.constantFrom(0, 1), matchingType: fc.constantFrom(0, 1, 2), data: bytes })
  const damaged = fc.tuple(fc.nat({ max: 300 }), fc.integer({ min: 1, max: 255 })).map(([at, by]) => server.der.map((byte, index) => (index === at ? byte ^ by : byte)))
  fc.assert(fc.property(fc.array(record), fc.array(fc.oneof(bytes, damaged), { maxLength: 12 }), (records, chain) => {
    assert.notEqual(daneFault({ records, chain, names: ['mx.far.test'], nowMs: NOW_MS }), null)
  }))
})
