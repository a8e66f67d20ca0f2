import assert from 'node:assert/strict'
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { makePostgresDatabase, onPostgres } from '../support/database.ts'
import { freePorts, runCli, startServer } from '../support/server.ts'
import { SmtpClient } from '../support/smtp-client.ts'

const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** Without a database of its own: what is wrong here is wrong before the database matters. */
const { MERPATI_DATABASE: _, ...env } = process.env

/** The server refuses to be root, so a test that is root runs it as nobody. */
const USER = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'merpati-serve-'))
  if (USER.uid !== undefined) chownSync(folder, USER.uid, USER.gid)
  folders.push(folder)
  return folder
}

/** A configuration with plain listeners on free ports of loopback. */
async function configure(config: string): Promise<{ readonly smtp: number; readonly http: number }> {
  const [smtp = 0, http = 0] = await freePorts(2)
  const listen = (protocol: string, port: number): string => `\n[[listen]]\nprotocol = "${protocol}"\naddress = "127.0.0.1"\nport = ${port}\nsecurity = "none"\n`
  writeFileSync(config, `${readFileSync(config, 'utf8')}${listen('smtp', smtp)}${listen('http', http)}`)
  return { smtp, http }
}

test('init writes a configuration and the first people; serve runs it; a second init changes nothing', async () => {
  const folder = freshFolder()
  const config = join(folder, 'merpati.toml')
  const postgres = onPostgres ? await makePostgresDatabase() : null
  const own = { ...process.env, ...(postgres === null ? {} : { MERPATI_DATABASE_URL: postgres.url }) }
  const init = ['init', '--config', config, '--hostname', 'mx.toko.test', '--domain', 'toko.test', '--admin', 'ibu@toko.test', '--no-check']
  const made = await runCli(init, own, 'rahasia sekali\n', USER)
  assert.deepEqual([made.code, made.stderr], [0, ''])
  const again = await runCli(init, own, 'rahasia sekali\n', USER)
  assert.deepEqual([again.code, again.stderr], [1, `merpati: ${config} is there already: change it, or name another with --config\n`])
  const ports = await configure(config)
  {
    await using server = await startServer(['serve', '--config', config], own, USER)
    const ready = await fetch(`http://127.0.0.1:${ports.http}/readyz`)
    assert.equal(ready.status, 200)
    using client = await SmtpClient.open({ port: ports.smtp })
    await client.command('EHLO client.example')
    const data = 'From: you@example.org\r\nSubject: hello\r\n\r\nHello.\r\n'
    assert.equal((await client.send({ from: 'you@example.org', to: ['ibu@toko.test'], data })).code, 250)
    assert.equal((await client.send({ from: 'you@example.org', to: ['siapa@toko.test'], data })).code, 550)
    const list = await runCli(['account', 'list', '--config', config, '--json'], own, '', USER)
    const [account] = JSON.parse(list.stdout) as readonly { login: string; role: string; emails: number }[]
    assert.deepEqual([account?.login, account?.role, account?.emails], ['ibu@toko.test', 'admin', 1])
    assert.equal(await server.stop(), 0)
  }
  await postgres?.drop()
})

test('init tells what it finds of the machine, and a network that is silent stops nothing', async () => {
  const config = join(freshFolder(), 'merpati.toml')
  const init = ['init', '--config', config, '--hostname', 'mx.toko.test', '--domain', 'toko.test', '--locale', 'id']
  const wrong = await runCli([...init, '--resolver', 'dns.test'], env, 'rahasia sekali\n', USER)
  assert.deepEqual([wrong.code, /--resolver: want an IP address/.test(wrong.stderr), existsSync(config)], [1, true, false])
  const [closed = 0] = await freePorts(1)
  const { code, stdout, stderr } = await runCli([...init, '--resolver', `127.0.0.1:${closed}`], env, 'rahasia sekali\n', USER)
  assert.deepEqual([code, stderr], [0, ''])
  for (const id of ['port-25-out', 'address-lists', 'clock', 'domain-age']) assert.match(stdout, new RegExp(`^\\? ${id} `, 'm'), id)
  assert.match(stdout, /^✘ resolver +it does not answer\n +-> Sebut resolver/m)
  assert.match(stdout, /^[✔!✘] disk +\d+ % used$/m)
  assert.match(stdout, /merpati host check --config /)
  const keys = await runCli(['domain', 'keys', 'toko.test', '--config', config], env, '', USER)
  assert.match(keys.stdout, /_domainkey\.toko\.test/) // The first domain signs, too.
})

test('a certificate that is none, or a missing one, is refused in one line, and nothing is started', async () => {
  const folder = freshFolder()
  const config = join(folder, 'merpati.toml')
  const [port = 0] = await freePorts(1)
  const listen = `[[listen]]\nprotocol = "imap"\naddress = "127.0.0.1"\nport = ${port}\nsecurity = "implicit"\n`
  const serve = async (text: string): Promise<string> => {
    writeFileSync(config, text)
    const { code, stdout, stderr } = await runCli(['serve', '--config', config], env, '', USER)
    assert.deepEqual([code, stdout], [2, ''])
    assert.equal(existsSync(join(folder, 'data', 'lock')), false)
    assert.match(stderr, /^merpati: [^\n]+\n$/)
    return stderr
  }
  assert.match(await serve(`hostname = "mx.toko.test"\n${listen}`), /tls: it is missing, and the listener on port \d+ needs a certificate/)
  writeFileSync(join(folder, 'c.pem'), 'no certificate')
  writeFileSync(join(folder, 'k.pem'), 'no key')
  const tls = (certificate: string): string => `[tls]\ncertificate = "${certificate}"\nkey = "k.pem"\n`
  assert.match(await serve(`hostname = "mx.toko.test"\n${tls('none.pem')}${listen}`), /tls\.certificate: want a file that this user may read, got \S+none\.pem/)
  assert.match(await serve(`hostname = "mx.toko.test"\n${tls('c.pem')}${listen}`), /tls\.certificate: want a PEM certificate chain/)
  assert.match(await serve(`hostname = "mx.toko.test"\ndrain = "4 dayz"\n${listen}`), /drain: want a duration such as "30s" or "5d", got "4 dayz"/)
})

async function rootIsRefused(): Promise<void> {
  const folder = freshFolder()
  const config = join(folder, 'merpati.toml')
  const [port = 0] = await freePorts(1)
  writeFileSync(config, `hostname = "mx.toko.test"\n[[listen]]\nprotocol = "smtp"\naddress = "127.0.0.1"\nport = ${port}\nsecurity = "none"\n`)
  const { code, stderr } = await runCli(['serve', '--config', config], env)
  assert.equal(code, 2)
  assert.match(stderr, /do not run the server as root/)
}

// Only root can try to be root.
if (USER.uid !== undefined) test('the server refuses to run as root', rootIsRefused)

test('a database that does not answer is one line and exit code 2', async () => {
  const [port = 0] = await freePorts(1)
  const folder = freshFolder()
  const asked = { MERPATI_DATA: join(folder, 'data'), MERPATI_DATABASE: 'postgres', MERPATI_DATABASE_URL: `postgres://merpati@127.0.0.1:${port}/merpati` }
  const { code, stderr } = await runCli(['demo'], { ...env, ...asked, MERPATI_PORT_OFFSET: '30000' }, '', USER)
  assert.deepEqual([code, stderr], [2, `merpati: PostgreSQL does not answer: connect ECONNREFUSED 127.0.0.1:${port}\n`])
})
