import 'reflect-metadata'
import assert from 'node:assert/strict'
import { createHash, webcrypto, X509Certificate } from 'node:crypto'
import { before, test } from 'node:test'
import { BasicConstraintsExtension, ExtendedKeyUsageExtension, Extension, KeyUsageFlags, KeyUsagesExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509'
import fc from 'fast-check'
import type { Tlsa } from '../../base/dns.ts'
import { constraintsOf } from './constraints.ts'
import { daneFault } from './match.ts'
import { alternativeNames, namesAreAllowed } from './names.ts'
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
  /** Issuers that may stand below it. */
  readonly pathLength?: number
  readonly extensions?: readonly Extension[]
}

async function make({ name, issuer, isCa, endsMs, dns, pathLength, extensions = [] }: MakeOptions): Promise<Made> {
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
        new BasicConstraintsExtension(isCa === true, pathLength, true),
        ...extensions,
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

/** A chain below `root` by way of an issuer like this, whose server certificate names mx.far.test. */
async function below(issuerOptions: Omit<MakeOptions, 'name'>, serverOptions: Omit<MakeOptions, 'name' | 'issuer'> = {}): Promise<readonly Made[]> {
  const issuer = await make({ name: 'Issuer', isCa: true, issuer: root, ...issuerOptions })
  return [await make({ name: 'mx', dns: 'mx.far.test', ...serverOptions, issuer }), issuer, root]
}

test('no more issuers follow one another than each of them allows', async () => {
  const strict = await make({ name: 'Strict root', isCa: true, pathLength: 0 })
  const direct = await make({ name: 'mx', issuer: strict, dns: 'mx.far.test' })
  assert.equal(check([tlsa('2 0 1', strict.der)], [direct, strict]), null)
  const sub = await make({ name: 'Sub', isCa: true, issuer: strict })
  const far = await make({ name: 'mx', issuer: sub, dns: 'mx.far.test' })
  assert.equal(check([tlsa('2 0 1', strict.der)], [far, sub, strict]), 'validation-failure')
  assert.equal(check([tlsa('2 0 1', sub.der)], [far, sub, strict]), null)
  const wider = await make({ name: 'Wider root', isCa: true, pathLength: 1 })
  const one = await make({ name: 'One', isCa: true, issuer: wider })
  const two = await make({ name: 'Two', isCa: true, issuer: one })
  const reached = await make({ name: 'mx', issuer: one, dns: 'mx.far.test' })
  const beyond = await make({ name: 'mx', issuer: two, dns: 'mx.far.test' })
  assert.equal(check([tlsa('2 0 1', wider.der)], [reached, one, wider]), null)
  assert.equal(check([tlsa('2 0 1', wider.der)], [beyond, two, one, wider]), 'validation-failure')
})

test('an issuer that may sign other things than certificates issues none', async () => {
  const chain = await below({ extensions: [new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true)] })
  assert.equal(check([tlsa('2 0 1', root.der)], chain), 'validation-failure')
})

test('a certificate for other uses than a server is not taken', async () => {
  const clientOnly = new ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.2'])
  const forServers = new ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1'])
  assert.equal(check([tlsa('2 0 1', root.der)], await below({}, { extensions: [clientOnly] })), 'validation-failure')
  assert.equal(check([tlsa('2 0 1', root.der)], await below({ extensions: [clientOnly] })), 'validation-failure')
  assert.equal(check([tlsa('2 0 1', root.der)], await below({ extensions: [forServers] }, { extensions: [forServers] })), null)
})

/** GeneralSubtrees of DNS names, `[0]` permitted or `[1]` excluded. */
function nameConstraints(which: 0 | 1, ...names: readonly string[]): Extension {
  const element = (tag: number, content: Buffer): Buffer => Buffer.concat([Buffer.from([tag, content.length]), content])
  const subtrees = Buffer.concat(names.map((name) => element(0x30, element(0x82, Buffer.from(name)))))
  return new Extension('2.5.29.30', true, element(0x30, element(0xa0 | which, subtrees)))
}

test('an issuer vouches only for the names that it may', async () => {
  const anchor = [tlsa('2 0 1', root.der)]
  assert.equal(check(anchor, await below({ extensions: [nameConstraints(0, 'far.test')] })), null)
  assert.equal(check(anchor, await below({ extensions: [nameConstraints(0, 'mx.far.test', 'x.test')] })), null)
  assert.equal(check(anchor, await below({ extensions: [nameConstraints(0, 'ar.test')] })), 'validation-failure')
  assert.equal(check(anchor, await below({ extensions: [nameConstraints(1, 'far.test')] })), 'validation-failure')
  assert.equal(check(anchor, await below({ extensions: [nameConstraints(1, 'near.test')] })), null)
})

test('a critical extension that nobody here knows is not passed over', async () => {
  const unknown = (critical: boolean): Extension => new Extension('1.3.6.1.4.1.99999.1', critical, Buffer.from([5, 0]))
  assert.equal(check([tlsa('2 0 1', root.der)], await below({ extensions: [unknown(true)] })), 'validation-failure')
  assert.equal(check([tlsa('2 0 1', root.der)], await below({ extensions: [unknown(false)] })), null)
})

test('a record that holds a whole certificate stands in for one that the server does not show', () => {
  assert.equal(check([tlsa('2 0 0', root.der)], [server, middle]), null)
  assert.equal(check([tlsa('2 0 0', stranger.der)], [server, middle]), 'validation-failure')
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

test('no bytes make the reader of constraints throw', () => {
  const damaged = fc.array(fc.tuple(fc.nat({ max: 600 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 }).map((changes) => {
    const der = Buffer.from(middle.der)
    for (const [at, byte] of changes) if (at < der.length) der[at] = byte
    return der
  })
  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), (der) => {
    constraintsOf(der)
    namesAreAllowed(alternativeNames(Buffer.from(der).toString('latin1')), constraintsOf(der) ?? { permitted: [], excluded: [] })
  }), { numRuns: 1_000 })
})
