import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Canonicalization } from '../../src/proto/dkim/canonical-body.ts'
import { formatKeyRecord } from '../../src/proto/dkim/key-record.ts'
import { Signer } from '../../src/proto/dkim/sign.ts'
import { Verifier } from '../../src/proto/dkim/verify.ts'
import { runWell, temporaryFolder } from '../support/program.ts'

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ED25519 = generateKeyPairSync('ed25519')
const RSA_PEM = RSA.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
const SEED = ED25519.privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-32).toString('base64')
const KEYS: Readonly<Record<string, string>> = {
  'r._domainkey.me.example': formatKeyRecord(RSA.publicKey),
  'e._domainkey.me.example': formatKeyRecord(ED25519.publicKey),
}
const CANONS: readonly Canonicalization[] = ['simple', 'relaxed']
const PLAIN = 'From: Ani <ani@me.example>\r\nTo: b@there.example\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\nSubject:  Halo   x\r\n\tfold \r\n\r\nHalo  Budi \r\n\r\n'

/** Messages with much white space in them; the same at each run. */
const messages = fc.sample(
  fc.record({
    subject: fc.array(fc.constantFrom('a', ' ', '\t', '  ', '\r\n ', '\r\n\t', 'Halo'), { minLength: 1, maxLength: 12 }).map((parts) => `x${parts.join('')}x`),
    body: fc.array(fc.constantFrom('a', ' ', '\t', '\r\n', '\r\n\r\n', ' \r\n', 'Halo', 'é', '.'), { maxLength: 30 }).map((parts) => (parts.length === 0 ? '' : `${parts.join('')}\r\n`)), // As SMTP delivers it: the last line has its end.
    repeats: fc.integer({ min: 1, max: 3 }),
  }),
  { seed: 6376, numRuns: 40 },
).map(({ subject, body, repeats }) => Buffer.from(`From: Ani <ani@me.example>\r\n${`To:\t ${'b@there.example\r\n'}`.repeat(repeats)}SUBJECT:${subject}\r\n\r\n${body}`))

/** A message with our signatures before it, RSA first. */
async function signed(message: Buffer, header: Canonicalization, body: Canonicalization): Promise<Buffer> {
  const keys = [{ domain: 'me.example', selector: 'r', key: RSA.privateKey }, { domain: 'me.example', selector: 'e', key: ED25519.privateKey }]
  const signer = new Signer(keys, { atSeconds: 1_767_225_600, lifeSeconds: null, header, body })
  signer.push(message)
  return Buffer.concat([Buffer.from((await signer.finish()) ?? ''), message])
}

async function findings(message: Buffer): Promise<readonly string[]> {
  const verifier = new Verifier()
  verifier.push(message)
  const found = await verifier.finish(
    async (name) => {
      const text = KEYS[name]
      return text === undefined ? { kind: 'none' } : { kind: 'texts', texts: [text] }
    },
    Date.parse('2026-01-01T12:00:00Z'),
    new AbortController().signal,
  )
  return found.map(({ result, reason }) => (reason === null ? result : `${result} ${reason}`))
}

/** What dkimpy makes of a task. Debian's Python, because Debian's package is there. */
async function dkimpy(task: { readonly verify: readonly Buffer[]; readonly sign: readonly object[] }): Promise<{ readonly verified: readonly (readonly boolean[])[]; readonly signed: readonly string[] }> {
  const input = JSON.stringify({ keys: KEYS, rsa: RSA_PEM, seed: SEED, sign: task.sign, verify: task.verify.map((message) => message.toString('base64')) })
  const { stdout } = await runWell('/usr/bin/python3', [join(import.meta.dirname, 'dkim-peer.py')], { input })
  return JSON.parse(stdout) as { verified: boolean[][]; signed: string[] }
}

test('dkimpy verifies what we sign, with both kinds of key and in every canonicalization', async () => {
  const verify: Buffer[] = []
  for (const message of messages) for (const header of CANONS) for (const body of CANONS) verify.push(await signed(message, header, body))
  const { verified } = await dkimpy({ verify, sign: [] })
  assert.equal(verified.length, messages.length * 4)
  for (const [index, each] of verified.entries()) assert.deepEqual(each, [true, true], JSON.stringify(verify[index]?.toString('latin1')))
})

test('we verify what dkimpy signs', async () => {
  const jobs = messages.flatMap((message) =>
    CANONS.flatMap((header) => CANONS.flatMap((body) => [
      { message: message.toString('base64'), selector: 'r', algorithm: 'rsa-sha256', header, body, length: true },
      { message: message.toString('base64'), selector: 'e', algorithm: 'ed25519-sha256', header, body, length: false },
    ])))
  const answer = await dkimpy({ verify: [], sign: jobs })
  for (const [index, field] of answer.signed.entries()) {
    const job = jobs[index]
    const whole = Buffer.concat([Buffer.from(field, 'base64'), Buffer.from(job?.message ?? '', 'base64')])
    assert.deepEqual(await findings(whole), ['pass'], JSON.stringify(whole.toString('latin1')))
  }
  assert.equal(answer.signed.length, jobs.length)
})

test('OpenDKIM verifies what we sign, and sees what was changed', async () => {
  await using folder = await temporaryFolder()
  const settings = join(folder.path, 'opendkim.conf')
  const keys = join(folder.path, 'keys')
  writeFileSync(keys, Object.entries(KEYS).map(([name, text]) => `${name} ${text}\n`).join(''))
  writeFileSync(settings, `Mode v\nSyslog no\nTestPublicKeys ${keys}\nSocket local:${join(folder.path, 'socket')}\n`)
  const judge = async (message: Buffer): Promise<string> => {
    const file = join(folder.path, 'message.eml')
    writeFileSync(file, message)
    const { stdout, stderr } = await runWell('opendkim', ['-t', file, '-x', settings, '-v'])
    return stdout + stderr
  }
  // Its header is relaxed: OpenDKIM gets fields as a milter does, without the white space that simple would sign.
  for (const body of CANONS) assert.match(await judge(await signed(Buffer.from(PLAIN), 'relaxed', body)), /verification \(s=r, d=me\.example, 2048-bit key\) succeeded/)
  const changed = (await signed(Buffer.from(PLAIN), 'relaxed', 'relaxed')).toString().replace('Halo  Budi', 'Hallo Budi')
  assert.match(await judge(Buffer.from(changed)), /failed/)
})

test('the SHA-1 signatures that opendkim-testmsg still makes are refused', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'key.pem')
  writeFileSync(file, RSA_PEM, { mode: 0o600 })
  const { stdout } = await runWell('opendkim-testmsg', ['-C', '-d', 'me.example', '-s', 'r', '-k', file, '-t', folder.path], { input: PLAIN })
  assert.match(stdout, /a=rsa-sha1/)
  assert.deepEqual(await findings(Buffer.from(stdout)), ['permerror sha1'])
})
