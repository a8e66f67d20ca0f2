import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import { startNetwork } from '../support/mail-network.ts'
import { runWell, temporaryFolder } from '../support/program.ts'

const TO_FAR = { names: { '@': { MX: ['10 mx2'] }, mx2: { A: ['127.0.0.2'] } }, peers: { 2: {} } } as const

test('what swaks submits arrives at the MX with signatures that OpenDKIM, dkimpy and mailauth verify', async () => {
  await using network = await startNetwork(TO_FAR)
  const login = ['--auth', 'PLAIN', '--auth-user', 'ani@merpati.test', '--auth-password', 'merpati']
  const to = ['--server', `127.0.0.1:${network.demo.ports.submissions}`, '--tls-on-connect', '--from', 'ani@merpati.test', '--to', 'budi@far.test']
  await runWell('swaks', [...to, ...login, '--h-Subject', 'Kiriman pertama', '--body', 'Halo, Budi.\n.\nSampai jumpa.\n'])
  await network.peer(2).given(1)
  const message = network.peer(2).messages[0]?.text ?? ''
  const keys = await publishedKeys(network.demo)
  assert.equal(keys.length, 2)
  await using folder = await temporaryFolder()
  const path = (name: string): string => join(folder.path, name)
  writeFileSync(path('message.eml'), message, 'latin1')
  writeFileSync(path('keys'), keys.map(([name, record]) => `${name} ${record}\n`).join(''))
  writeFileSync(path('opendkim.conf'), `Mode v\nSyslog no\nTestPublicKeys ${path('keys')}\nSocket local:${path('socket')}\n`)
  const opendkim = await runWell('opendkim', ['-t', path('message.eml'), '-x', path('opendkim.conf'), '-v'])
  assert.match(opendkim.stdout + opendkim.stderr, /verification \(s=\w+, d=merpati\.test, 2048-bit key\) succeeded/)
  const input = JSON.stringify({ keys: Object.fromEntries(keys), sign: [], seed: '', rsa: '', verify: [Buffer.from(message, 'latin1').toString('base64')] })
  const dkimpy = await runWell('/usr/bin/python3', [join(import.meta.dirname, 'dkim-peer.py')], { input })
  assert.deepEqual((JSON.parse(dkimpy.stdout) as { verified: unknown }).verified, [[true, true]])
  assert.deepEqual(await verifiedByMailauth(message, new Map(keys)), ['pass', 'pass'])
})

/** What mailauth makes of each signature. */
async function verifiedByMailauth(message: string, records: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const resolver = async (name: string): Promise<string[][]> => [[records.get(name) ?? '']]
  const { results } = await dkimVerify(Buffer.from(message, 'latin1'), { resolver })
  return results.map(({ status }) => status.result)
}

/** What is to be in DNS: name and record. */
async function publishedKeys(demo: { cli(args: readonly string[]): Promise<{ readonly stdout: string }> }): Promise<readonly (readonly [string, string])[]> {
  const { stdout } = await demo.cli(['domain', 'keys', 'merpati.test', '--json'])
  const rows = JSON.parse(stdout) as readonly { readonly name: string; readonly txt: string }[]
  return rows.map(({ name, txt }) => [name, txt.split('" "').join('').replaceAll('"', '')])
}
