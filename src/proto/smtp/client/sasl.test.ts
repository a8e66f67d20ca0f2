import assert from 'node:assert/strict'
import test from 'node:test'
import { chooseMechanism } from './sasl.ts'

const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString()
const CREDENTIALS = { user: 'user', password: 'pencil', clientNonce: 'rOprNGfwEbeRWgbNEkqO' }

test('SCRAM-SHA-256 gives the messages of RFC 7677 §3', async () => {
  const scram = chooseMechanism(['PLAIN', 'SCRAM-SHA-256'], CREDENTIALS, null)
  assert.equal(scram?.mechanism, 'SCRAM-SHA-256')
  assert.equal(text(scram?.initial), 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO')
  const final = await scram?.answer(Buffer.from('r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'))
  assert.equal(text(final), 'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=')
  assert.equal(scram?.proven(), false)
  assert.equal(text(await scram?.answer(Buffer.from('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='))), '')
  assert.equal(scram?.proven(), true)
})

test('a wrong server signature proves nothing', async () => {
  const scram = chooseMechanism(['SCRAM-SHA-256'], CREDENTIALS, null)
  await scram?.answer(Buffer.from('r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'))
  assert.equal(await scram?.answer(Buffer.from('v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')), null)
  assert.equal(scram?.proven(), false)
})

test('a server may not choose how little or how much work the proof is', async () => {
  for (const rounds of ['1', '4095', '1000001', '0', '-1', '4096x', '999999999']) {
    const scram = chooseMechanism(['SCRAM-SHA-256'], CREDENTIALS, null)
    assert.equal(await scram?.answer(Buffer.from(`r=rOprNGfwEbeRWgbNEkqOabc,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=${rounds}`)), null, rounds)
  }
})

test('the strongest mechanism is chosen, and the channel is bound where both can', () => {
  const exporter = new Uint8Array(32)
  const all = ['LOGIN', 'PLAIN', 'CRAM-MD5', 'SCRAM-SHA-256', 'SCRAM-SHA-256-PLUS']
  assert.match(text(chooseMechanism(all, CREDENTIALS, exporter)?.initial), /^p=tls-exporter,,n=user,/)
  assert.match(text(chooseMechanism(['SCRAM-SHA-256'], CREDENTIALS, exporter)?.initial), /^y,,n=user,/)
  assert.match(text(chooseMechanism(all, CREDENTIALS, null)?.initial), /^n,,n=user,/)
  assert.equal(chooseMechanism(['LOGIN', 'PLAIN'], CREDENTIALS, null)?.mechanism, 'PLAIN')
  assert.equal(chooseMechanism(['CRAM-MD5', 'SCRAM-SHA-256-PLUS'], CREDENTIALS, null), null)
})

test('commas and equals signs in a name are escaped', () => {
  assert.equal(text(chooseMechanism(['SCRAM-SHA-256'], { ...CREDENTIALS, user: 'a=b,c' }, null)?.initial), 'n,,n=a=3Db=2Cc,r=rOprNGfwEbeRWgbNEkqO')
})
