import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import test from 'node:test'
import fc from 'fast-check'
import { formatKeyRecord, keyName, parseKeyRecord, txtStrings } from './key-record.ts'
import { parseSignature } from './signature.ts'
import { parseTagList } from './tag-list.ts'
import { Verifier } from './verify.ts'

test('a tag list is read as it is written', () => {
  const list = parseTagList(' v=1 ; b = a\r\n b ;s=;')
  assert.ok(list.ok)
  assert.deepEqual([...list.value].map(([name, { value }]) => [name, value]), [['v', '1'], ['b', 'a\r\n b'], ['s', '']])
  for (const text of ['', ' ', ';', 'v', 'v=1; v=2', '1v=1', 'v=1;;', 'v=1; x', '=1', 'v=\0']) assert.equal(parseTagList(text).ok, false, text)
})

test('a published key is the key', () => {
  for (const { publicKey, privateKey } of [generateKeyPairSync('rsa', { modulusLength: 2048 }), generateKeyPairSync('ed25519')]) {
    const text = formatKeyRecord(privateKey)
    assert.equal(text, formatKeyRecord(publicKey))
    const strings = txtStrings(text)
    assert.ok(strings.every((each) => each.length <= 255))
    const record = parseKeyRecord(strings.join(''))
    assert.ok(record.ok)
    assert.ok(record.value.key.equals(publicKey))
  }
})

test('the Ed25519 key of RFC 8463 appendix A.2 is published as it stands there', () => {
  const seed = Buffer.from('nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=', 'base64')
  const key = createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]), format: 'der', type: 'pkcs8' })
  assert.equal(formatKeyRecord(key), 'v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=')
})

test('a bare RSAPublicKey is a key as well', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const der = publicKey.export({ format: 'der', type: 'pkcs1' }).toString('base64')
  assert.ok(parseKeyRecord(`p=${der}`).ok)
})

test('a version that is not first, or not ours, is none', () => {
  for (const text of ['k=rsa; v=DKIM1; p=', 'v=DKIM2; p=', 'v=spf1 -all', 'hello']) assert.deepEqual(parseKeyRecord(text), { ok: false, error: 'syntax' })
})

test('a key is found at its selector', () => {
  assert.equal(keyName('sel.2026', 'me.example'), 'sel.2026._domainkey.me.example')
})

const SIGNATURE = 'v=1; a=rsa-sha256; d=Me.Example; s=S; h=From : to; bh=AAAA; b=BBBB'

test('a signature has its defaults', () => {
  const read = parseSignature(SIGNATURE)
  assert.ok(read.ok)
  assert.partialDeepStrictEqual(read.value, {
    domain: 'me.example', selector: 's', identity: '@me.example', header: 'simple', body: 'simple', names: ['from', 'to'], bodyLimit: null, signedAt: null, expiresAt: null,
  })
  const relaxed = parseSignature(`${SIGNATURE}; c=relaxed; i=a=20b@sub.me.example; l=10; t=5; x=6`)
  assert.ok(relaxed.ok)
  assert.partialDeepStrictEqual(relaxed.value, { header: 'relaxed', body: 'simple', identity: 'a=20b@sub.me.example', bodyLimit: 10, signedAt: 5, expiresAt: 6 })
})

test('the value of b= is cut out of what was signed, white space and all', () => {
  const read = parseSignature(' v=1; a=rsa-sha256; b= BB\r\n\tBB ; d=me.example; s=s; h=from; bh=AAAA\r\n')
  assert.ok(read.ok)
  assert.equal(read.value.unsigned, ' v=1; a=rsa-sha256; b=; d=me.example; s=s; h=from; bh=AAAA\r\n')
})

test('U-labels in a signature are asked for as A-labels, and underscores are allowed', () => {
  const utf8 = Buffer.from(SIGNATURE.replace('Me.Example', 'bücher.example')).toString('latin1')
  const read = parseSignature(utf8)
  assert.ok(read.ok)
  assert.equal(read.value.domain, 'xn--bcher-kva.example')
  assert.ok(parseSignature(SIGNATURE.replace('s=S', 's=my_sel.2026')).ok)
})

const soup = fc.string({ unit: fc.constantFrom('v=1;', 'a=rsa-sha256;', 'b=', 'bh=AAAA;', 'd=a.b;', 's=s;', 'h=from;', 'l=1;', 'p=', 'k=ed25519;', 't=y;', 'x=9;', ' ', '\r\n\t', ';', '=', 'é', '\0', 'AAAA'), maxLength: 60 })

test('any text is a signature, a key record, or a fault', () => {
  fc.assert(
    fc.property(soup, (text) => {
      const signature = parseSignature(text)
      if (signature.ok) assert.ok(signature.value.names.includes('from'))
      const key = parseKeyRecord(text)
      if (key.ok) assert.ok(key.value.bits >= 256)
    }),
    { numRuns: 1000 },
  )
})

test('any bytes have findings, and never one that passes', async () => {
  const piece = fc.oneof(soup.map((text) => `DKIM-Signature: ${text}\r\n`), fc.constantFrom('From: a@b\r\n', '\r\n', 'x'), fc.string({ maxLength: 10 }))
  const record = fc.oneof(soup, fc.constant('v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='))
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 8 }), record, async (pieces, text) => {
      const verifier = new Verifier()
      for (const each of pieces) verifier.push(Buffer.from(each, 'latin1'))
      const findings = await verifier.finish(async () => ({ kind: 'texts', texts: [text] }), 0, new AbortController().signal)
      assert.ok(findings.every(({ result }) => result !== 'pass'))
    }),
  )
})

test('keys of any bytes are keys or faults', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.constantFrom('rsa', 'ed25519'), (bytes, type) => {
      parseKeyRecord(`k=${type}; p=${Buffer.from(bytes).toString('base64')}`)
    }),
  )
})
