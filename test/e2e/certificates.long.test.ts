import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { connect } from 'node:tls'
import { makeCertificate, type TestCertificate } from '../support/certificate.ts'
import { freePorts, runCli, startServer } from '../support/server.ts'

const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** Certificates in files have nothing to do with the database. */
const { MERPATI_DATABASE: _, ...env } = process.env

/** The server refuses to be root, so a test that is root runs it as nobody. */
const USER = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

/** So many connections meet both workers: one in 500 such series would not. */
const MANY = 10

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'merpati-files-'))
  if (USER.uid !== undefined) chownSync(folder, USER.uid, USER.gid)
  folders.push(folder)
  return folder
}

/** Replaces both files as careful programs do. */
function put(folder: string, name: string, { cert, key }: TestCertificate): void {
  for (const [ending, text] of [['key', key], ['pem', cert]] as const) {
    writeFileSync(join(folder, `${name}.${ending}.new`), text, { mode: 0o644 })
    renameSync(join(folder, `${name}.${ending}.new`), join(folder, `${name}.${ending}`))
  }
}

async function shown(port: number, servername: string): Promise<string> {
  const client = connect({ host: '127.0.0.1', port, servername, rejectUnauthorized: false })
  client.on('error', () => {})
  await once(client, 'secureConnect')
  const { serialNumber, subject } = client.getPeerCertificate()
  client.resume().end()
  await once(client, 'close')
  return `${String(subject.CN)} ${serialNumber}`
}

const nameOf = (certificate: string): string => certificate.split(' ')[0] ?? ''

/** All lines of the log with this event. */
function logged(folder: string, event: string): readonly Record<string, unknown>[] {
  const log = join(folder, 'data', 'log')
  const lines = readdirSync(log).flatMap((file) => readFileSync(join(log, file), 'utf8').split('\n'))
  return lines.filter((line) => line.includes(`"${event}"`)).map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** Asks until something holds. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = AbortSignal.timeout(30_000)
  while (!(await holds())) assert.equal(deadline.aborted, false, `it never came to be that ${what}`)
}

test('certificates are chosen by name everywhere, replaced ones are served after SIGHUP, and broken ones are refused while the old one serves', async () => {
  const folder = freshFolder()
  const [imaps = 0, submissions = 0, https = 0, http = 0] = await freePorts(4)
  put(folder, 'mx', await makeCertificate(['mx.toko.test']))
  put(folder, 'wild', await makeCertificate(['*.kedai.test']))
  put(folder, 'mail', await makeCertificate(['internal.test']))
  const listen = (protocol: string, port: number, security: string): string => `[[listen]]\nprotocol = "${protocol}"\naddress = "127.0.0.1"\nport = ${port}\nsecurity = "${security}"\n`
  const more = '[[certificate]]\ncertificate = "wild.pem"\nkey = "wild.key"\n[[certificate]]\ncertificate = "mail.pem"\nkey = "mail.key"\nnames = ["mail.kedai.test"]\n'
  const listeners = [listen('imap', imaps, 'implicit'), listen('submission', submissions, 'implicit'), listen('http', https, 'implicit'), listen('http', http, 'none')]
  const config = join(folder, 'merpati.toml')
  writeFileSync(config, `hostname = "mx.toko.test"\nworkers = 2\n[tls]\ncertificate = "mx.pem"\nkey = "mx.key"\n${more}${listeners.join('')}`)
  await using server = await startServer(['serve', '--config', config], env, USER)
  const metrics = async (): Promise<string> => await (await fetch(`http://127.0.0.1:${http}/metrics`, { headers: { connection: 'close' } })).text()

  for (const port of [imaps, submissions, https]) {
    assert.equal(nameOf(await shown(port, 'mx.toko.test')), 'mx.toko.test')
    assert.equal(nameOf(await shown(port, 'web.kedai.test')), '*.kedai.test')
    assert.equal(nameOf(await shown(port, 'mail.kedai.test')), 'internal.test')
    assert.equal(nameOf(await shown(port, 'unknown.test')), 'mx.toko.test')
  }

  const before = await shown(imaps, 'mx.toko.test')
  writeFileSync(join(folder, 'mx.pem'), 'no certificate')
  server.child.kill('SIGHUP')
  await until('the broken file is told', async () => (await metrics()).includes('merpati_certificate_broken{name="mx.toko.test"} 1'))
  for (let i = 0; i < MANY; i++) assert.equal(await shown(imaps, 'mx.toko.test'), before)

  const next = await makeCertificate(['mx.toko.test'])
  put(folder, 'mx', next)
  server.child.kill('SIGHUP')
  await until('the new certificate serves', async () => (await shown(imaps, 'mx.toko.test')) !== before)
  const now = await shown(imaps, 'mx.toko.test')
  for (let i = 0; i < MANY; i++) for (const port of [imaps, submissions, https]) assert.equal(await shown(port, 'mx.toko.test'), now)
  assert.match(await metrics(), /merpati_certificate_broken\{name="mx\.toko\.test"\} 0/)
  assert.match(await metrics(), /merpati_certificate_expiry_seconds\{name="\*\.kedai\.test"\} \d{10}/)

  const list = JSON.parse((await runCli(['certificate', 'list', '--config', config, '--json'], env, '', USER)).stdout) as readonly { name: string; source: string; state: string }[]
  assert.deepEqual(list.map(({ name, source, state }) => [name, source, state]), [['mx.toko.test', 'file', 'good'], ['*.kedai.test', 'file', 'good'], ['mail.kedai.test', 'file', 'good']])
  const renew = await runCli(['certificate', 'renew', 'mx.toko.test', '--config', config], env, '', USER)
  assert.deepEqual([renew.code, renew.stderr], [2, 'merpati: no authority is configured: [acme] of the configuration says which\n'])
  const missing = await runCli(['certificate', 'show', 'other.test', '--config', config], env, '', USER)
  assert.equal(missing.code, 1)
  assert.equal(await server.stop(), 0)
  assert.match(String(logged(folder, 'certificate.refused')[0]?.['why']), /^tls\.certificate: want a PEM certificate chain that belongs to the key/)
  assert.deepEqual(logged(folder, 'certificate.replaced').map(({ name }) => name), ['mx.toko.test'])
})

test('tokens that nobody waits for are not found, whatever host is asked for, and settings of ACME that cannot work are refused', async () => {
  const folder = freshFolder()
  const config = join(folder, 'merpati.toml')
  const [http = 0, closed = 0] = await freePorts(2)
  const listen = (security: string): string => `[[listen]]\nprotocol = "http"\naddress = "127.0.0.1"\nport = ${http}\nsecurity = "${security}"\n`
  const acme = `hostname = "mx.toko.test"\n[acme]\nenabled = true\nagree_tos = true\ndirectory = "https://127.0.0.1:${closed}/dir"\n`
  writeFileSync(config, `${acme}${listen('none')}`)
  await using server = await startServer(['serve', '--config', config], env, USER)
  const at = async (path: string, method = 'GET'): Promise<number> => (await fetch(`http://127.0.0.1:${http}${path}`, { method, headers: { connection: 'close' } })).status
  for (const path of ['abc', '', '..%2f..%2fetc%2fpasswd', 'a/b', 'x'.repeat(300)]) assert.equal(await at(`/.well-known/acme-challenge/${path}`), 404)
  assert.equal(await at('/.well-known/acme-challenge/abc', 'POST'), 404)
  assert.equal(await at('/.well-known/other'), 404)
  await until('the failure is known', async () => /failing/.test((await runCli(['certificate', 'list', '--config', config], env, '', USER)).stdout))
  assert.equal(await server.stop(), 0)

  const refused = async (text: string): Promise<string> => {
    writeFileSync(config, text)
    const { code, stderr } = await runCli(['serve', '--config', config], env, '', USER)
    assert.equal(code, 2)
    return stderr
  }
  assert.match(await refused(`${acme.replace('agree_tos = true', 'agree_tos = false')}${listen('none')}`), /^merpati: acme\.agree_tos: want true[^\n]*\n$/)
  assert.match(await refused(`${acme}challenges = ["tls-alpn-01"]\n${listen('none')}`), /^merpati: acme\.challenges: want one that a listener can answer[^\n]*\n$/)
  assert.match(await refused(`${acme}eab_key_id = "k"\n${listen('none')}`), /^merpati: acme\.eab_key_file: want a file[^\n]*\n$/)
})
