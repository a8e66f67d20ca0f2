import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import test from 'node:test'
import fc from 'fast-check'
import { formatKeyRecord } from './key-record.ts'
import { OVERSIGNED, Signer, type SigningKey, type SigningOptions } from './sign.ts'
import type { AskKey } from './ask-key.ts'
import type { DkimFinding } from './finding.ts'
import { Verifier } from './verify.ts'

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ED25519 = generateKeyPairSync('ed25519')
const WEAK = generateKeyPairSync('rsa', { modulusLength: 768 })
const NOW_MS = Date.parse('2026-01-02T00:00:00Z')
const AT_SECONDS = Date.parse('2026-01-01T00:00:00Z') / 1000
const { signal } = new AbortController()

const KEYS: readonly SigningKey[] = [
  { domain: 'me.example', selector: 'r', key: RSA.privateKey },
  { domain: 'me.example', selector: 'e', key: ED25519.privateKey },
]
const OPTIONS: SigningOptions = { atSeconds: AT_SECONDS, lifeSeconds: null, header: 'relaxed', body: 'relaxed' }
const MESSAGE = 'From: Ani <ani@me.example>\r\nTo: budi@there.example\r\nSubject: Halo\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\n\r\nHalo Budi.\r\n'

/** A zone with our keys. */
const RECORDS: Readonly<Record<string, string>> = {
  'r._domainkey.me.example': formatKeyRecord(RSA.publicKey),
  'e._domainkey.me.example': formatKeyRecord(ED25519.publicKey),
  'weak._domainkey.me.example': formatKeyRecord(WEAK.publicKey),
}

const zone = (own: Readonly<Record<string, string>> = {}): AskKey => async (name) => {
  const text = { ...RECORDS, ...own }[name]
  return text === undefined ? { kind: 'none' } : { kind: 'texts', texts: [text] }
}

async function signed(message: string | Buffer, keys = KEYS, options: Partial<SigningOptions> = {}): Promise<string> {
  const signer = new Signer(keys, { ...OPTIONS, ...options })
  signer.push(Buffer.from(message))
  return `${(await signer.finish()) ?? ''}${message.toString('latin1')}`
}

async function verified(message: string, ask: AskKey = zone(), pieceBytes = Number.POSITIVE_INFINITY): Promise<readonly DkimFinding[]> {
  const verifier = new Verifier()
  const bytes = Buffer.from(message, 'latin1')
  for (let at = 0; at < bytes.length; at += pieceBytes) verifier.push(bytes.subarray(at, at + pieceBytes))
  return await verifier.finish(ask, NOW_MS, signal)
}

const short = (findings: readonly DkimFinding[]): readonly string[] => findings.map(({ result, reason }) => (reason === null ? result : `${result} ${reason}`))

test('what we sign with RSA and Ed25519 we verify, in every canonicalization', async () => {
  for (const header of ['simple', 'relaxed'] as const) {
    for (const body of ['simple', 'relaxed'] as const) {
      const findings = await verified(await signed(MESSAGE, KEYS, { header, body, lifeSeconds: 7 * 86400 }))
      assert.deepEqual(short(findings), ['pass', 'pass'])
      assert.deepEqual(findings.map(({ selector, identity, algorithm, keyBits }) => [selector, identity, algorithm, keyBits]), [
        ['r', '@me.example', 'rsa-sha256', 2048],
        ['e', '@me.example', 'ed25519-sha256', 256],
      ])
    }
  }
})

test('any message is signed and verified, however it is cut', async () => {
  const line = fc.string({ unit: fc.constantFrom('a', ' ', '\t', 'é', '.', ':'), maxLength: 30 })
  const message = fc.record({ headers: fc.array(line.map((text) => `X: ${text}`), { maxLength: 4 }), lines: fc.array(line, { maxLength: 8 }) })
  await fc.assert(
    fc.asyncProperty(message, fc.integer({ min: 1, max: 50 }), async ({ headers, lines }, pieceBytes) => {
      const text = Buffer.from([...headers, 'From: ani@me.example', '', ...lines].join('\r\n')).toString('latin1')
      const whole = await signed(Buffer.from(text, 'latin1'), [KEYS[1] as SigningKey])
      assert.deepEqual(short(await verified(whole, zone(), pieceBytes)), ['pass'])
    }),
  )
})

test('relaxed signatures survive what relays do to white space, and nothing else', async () => {
  const whole = await signed(MESSAGE)
  const both = async (from: string, to: string): Promise<readonly string[]> => short(await verified(whole.replace(from, to)))
  assert.deepEqual(await both('Subject: Halo', 'SUBJECT:\r\n\t Halo  '), ['pass', 'pass'])
  assert.deepEqual(await both('Halo Budi.\r\n', 'Halo  Budi. \r\n\r\n\r\n'), ['pass', 'pass'])
  assert.deepEqual(await both('Halo Budi', 'Halo, Budi'), ['fail body-changed', 'fail body-changed'])
  assert.deepEqual(await both('Subject: Halo', 'Subject: Hallo'), ['fail signature-wrong', 'fail signature-wrong'])
})

test('no character of a signed message can be another one', async () => {
  const whole = await signed(MESSAGE, [KEYS[1] as SigningKey])
  const start = whole.indexOf('From: Ani')
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: start, max: whole.length - 1 }), async (at) => {
      const character = whole.charAt(at)
      fc.pre(!/\s/.test(character))
      const changed = whole.slice(0, at) + (character === '#' ? '%' : '#') + whole.slice(at + 1)
      assert.ok((await verified(changed)).every(({ result }) => result !== 'pass'), changed)
    }),
    { numRuns: 300 },
  )
})

test('what people and programs believe is oversigned', () => {
  assert.deepEqual(OVERSIGNED.toSorted(), ['cc', 'content-type', 'date', 'feedback-id', 'from', 'list-unsubscribe', 'list-unsubscribe-post', 'message-id', 'mime-version', 'reply-to', 'sender', 'subject', 'to'])
})

test('nobody can add a field that was oversigned', async () => {
  const whole = await signed(MESSAGE)
  for (const name of OVERSIGNED) {
    for (const message of [`${name}: x\r\n${whole}`, whole.replace('\r\n\r\n', `\r\n${name}: x\r\n\r\n`)]) {
      assert.deepEqual(short(await verified(message)), ['fail signature-wrong', 'fail signature-wrong'], name)
    }
  }
  assert.deepEqual(short(await verified(`Received: x\r\n${whole}`)), ['pass', 'pass'])
})

test('an expired signature is true and not good enough', async () => {
  assert.deepEqual(short(await verified(await signed(MESSAGE, KEYS, { lifeSeconds: 3600 }))), ['policy expired', 'policy expired'])
})

test('what keys may say is obeyed', async () => {
  const whole = await signed(MESSAGE)
  const record = RECORDS['r._domainkey.me.example'] ?? ''
  const first = async (text: string): Promise<DkimFinding | undefined> => (await verified(whole, zone({ 'r._domainkey.me.example': text })))[0]
  const cases: Readonly<Record<string, string>> = {
    'permerror key-mismatch': RECORDS['e._domainkey.me.example'] ?? '',
    'permerror revoked': 'v=DKIM1; p=',
    'permerror hash-not-allowed': record.replace('k=rsa', 'k=rsa; h=sha1'),
    'permerror not-for-mail': record.replace('k=rsa', 's=tlsrpt'),
    'permerror type': record.replace('k=rsa', 'k=dsa'),
    'permerror syntax': 'v=DKIM1; k=rsa; p=%%%',
    'permerror weak': formatKeyRecord(WEAK.publicKey),
    'fail signature-wrong': formatKeyRecord(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey),
    pass: record.replace('v=DKIM1; k=rsa;', 'h=sha1 : sha256; s = email; t=s;'),
  }
  for (const [wanted, text] of Object.entries(cases)) assert.equal(short([(await first(text)) as DkimFinding])[0], wanted, text)
  assert.equal((await first(record.replace('k=rsa', 'k=rsa; t=y:s')))?.testing, true)
})

test('DNS that does not answer is temporary, and no record is final', async () => {
  const whole = await signed(MESSAGE)
  assert.deepEqual(short(await verified(whole, async () => ({ kind: 'temporary' }))), ['temperror dns', 'temperror dns'])
  assert.deepEqual(short(await verified(whole, async () => ({ kind: 'none' }))), ['permerror no-key', 'permerror no-key'])
  assert.deepEqual(short(await verified(whole, async (name) => ({ kind: 'texts', texts: ['hello', RECORDS[name] ?? ''] }))), ['pass', 'pass'])
})

test('faults of a signature are told apart', async () => {
  const whole = await signed(MESSAGE, [KEYS[1] as SigningKey])
  const changed = async (from: string | RegExp, to: string): Promise<string | undefined> => short(await verified(whole.replace(from, to)))[0]
  assert.equal(await changed('v=1;', 'v=2;'), 'neutral version')
  assert.equal(await changed('v=1;', ''), 'permerror missing-tag')
  assert.equal(await changed('v=1;', 'v=1; v=1;'), 'neutral syntax')
  assert.equal(await changed('v=1;', 'v=1;;'), 'neutral syntax')
  assert.equal(await changed('a=ed25519-sha256', 'a=rsa-sha1'), 'permerror sha1')
  assert.equal(await changed('a=ed25519-sha256', 'a=rsa-sha512'), 'neutral algorithm')
  assert.equal(await changed('c=relaxed/relaxed', 'c=nofws'), 'neutral canonicalization')
  assert.equal(await changed('v=1;', 'v=1; q=http;'), 'neutral query')
  assert.equal(await changed('v=1;', 'v=1; i=ani@elsewhere.example;'), 'permerror identity')
  assert.equal(await changed('v=1;', 'v=1; i=ani@xme.example;'), 'permerror identity')
  assert.equal(await changed(/t=\d+;/, 't=100; x=99;'), 'permerror times')
  assert.equal(await changed(/t=\d+;/, 't=-1;'), 'neutral syntax')
  assert.equal(await changed('h=from:from:', 'h='), 'permerror from-not-signed')
  assert.equal(await changed('v=1;', 'v=1; l=1000;'), 'permerror body-too-short')
  assert.equal(await changed('v=1;', 'v=1; l=4;'), 'fail body-changed')
  assert.equal(await changed('d=me.example', 'd=..'), 'neutral syntax')
})

test('more signatures than are looked at cost nothing', async () => {
  const whole = await signed(MESSAGE, [KEYS[1] as SigningKey])
  let asked = 0
  const field = whole.slice(0, whole.indexOf('From:'))
  const findings = await verified(field.repeat(30) + MESSAGE, async (name, signal) => {
    asked += 1
    return await zone()(name, signal)
  })
  assert.equal(asked, 10)
  assert.deepEqual(short(findings).filter((each) => each === 'policy too-many').length, 20)
})

test('the signature field is folded, and the lines of ours are short', async () => {
  const field = (await signed(MESSAGE)).split('From: Ani')[0] ?? ''
  for (const line of field.split('\r\n')) assert.ok(line.length <= 78, line)
  assert.match(field, /^DKIM-Signature: v=1; a=rsa-sha256; c=relaxed\/relaxed; d=me\.example; s=r;/)
})

test('a header without end is neither signed nor verified', async () => {
  const signer = new Signer(KEYS, OPTIONS)
  for (let i = 0; i < 300; i++) signer.push(Buffer.from(`X: ${'x'.repeat(1020)}\r\n`))
  assert.equal(await signer.finish(), null)
  assert.deepEqual(short(await verified(`X: ${'x'.repeat(300_000)}`)), ['permerror header-too-large'])
})

test('a message without a body is signed', async () => {
  for (const message of ['From: ani@me.example\r\n', 'From: ani@me.example\r\n\r\n']) {
    assert.deepEqual(short(await verified(await signed(message))), ['pass', 'pass'])
  }
})

/** A signature made by hand, with `l=` or whatever else we never write: the field as RFC 6376 §3.7 says, and nothing of ours. */
function byHand(extra: string, counted: string, { names = 'from:subject', older = '' } = {}): string {
  const bodyHash = createHash('sha256').update(counted).digest('base64')
  const unsigned = `v=1; a=ed25519-sha256; c=relaxed/relaxed; d=me.example; s=e; ${extra}h=${names}; bh=${bodyHash}; b=`
  const data = `from:Ani <ani@me.example>\r\nsubject:Halo\r\n${older.toLowerCase().replace(': ', ':')}dkim-signature:${unsigned}`
  const value = sign(null, createHash('sha256').update(data).digest(), ED25519.privateKey).toString('base64')
  return `DKIM-Signature: ${unsigned}${value}\r\n${older}${MESSAGE}`
}

test('a signature made by hand passes', async () => {
  assert.deepEqual(short(await verified(byHand('', 'Halo Budi.\r\n'))), ['pass'])
  assert.deepEqual(short(await verified(byHand('l=12; ', 'Halo Budi.\r\n'))), ['pass'])
  const findings = await verified(byHand('i=ani@sub.me.example; ', 'Halo Budi.\r\n'))
  assert.deepEqual(short(findings), ['pass'])
  assert.deepEqual(findings[0]?.names, ['from', 'subject'])
})

test('a signature that names signatures means the others, and never itself', async () => {
  const older = 'DKIM-Signature: v=2\r\n'
  const both = (names: string, below = ''): string => byHand('', 'Halo Budi.\r\n', { names, older: below })
  assert.deepEqual(short(await verified(both('from:subject:dkim-signature'))), ['pass'])
  assert.deepEqual(short(await verified(both('from:subject:dkim-signature', older))), ['pass', 'permerror missing-tag'])
  const oversigned = both('from:subject:dkim-signature:dkim-signature', older)
  assert.deepEqual(short(await verified(oversigned)), ['pass', 'permerror missing-tag'])
  // Who says that there is no other wherever it stands is told when there is one.
  assert.deepEqual(short(await verified(`${older}${oversigned}`)), ['permerror missing-tag', 'fail signature-wrong', 'permerror missing-tag'])
})

test('an l= that leaves something out is true and passes for no whole message', async () => {
  assert.deepEqual(short(await verified(byHand('l=4; ', 'Halo'))), ['policy partial-body'])
  assert.deepEqual(short(await verified(byHand('l=0; ', ''))), ['policy partial-body'])
  assert.deepEqual(short(await verified(`${byHand('l=12; ', 'Halo Budi.\r\n')}Buy this\r\n`)), ['policy partial-body'])
})

test('under t=s the identity is of the signing domain itself', async () => {
  const strict = zone({ 'e._domainkey.me.example': `${RECORDS['e._domainkey.me.example']}; t=s` })
  assert.deepEqual(short(await verified(byHand('i=ani@sub.me.example; ', 'Halo Budi.\r\n'), strict)), ['permerror identity-not-allowed'])
  assert.deepEqual(short(await verified(byHand('i=ani@me.example; ', 'Halo Budi.\r\n'), strict)), ['pass'])
})
