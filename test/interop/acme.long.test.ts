import assert from 'node:assert/strict'
import type { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { type DnsTestServer, startDns } from '../support/dns/server.ts'
import { zone } from '../support/dns/zone.ts'
import { directoryAt, type Pebble, pebbleCertificate, type PebblePlan, startPebble } from '../support/pebble.ts'
import { freePorts, runCli, startServer, type TestServer } from '../support/server.ts'

const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const { MERPATI_DATABASE: _, ...env } = process.env

/** The server refuses to be root, so a test that is root runs it as nobody. */
const USER = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

/** How long an order may take on a busy machine. */
const ORDER_MS = 60_000

interface Stage extends AsyncDisposable {
  readonly ports: Readonly<Record<'smtp' | 'imaps' | 'http' | 'https', number>>
  readonly dns: DnsTestServer
  readonly config: string
  readonly server: TestServer
  startAuthority(change?: Partial<PebblePlan>): Promise<Pebble>
  cli(...args: readonly string[]): Promise<Awaited<ReturnType<typeof runCli>>>
  metrics(): Promise<string>
}

/** A server with two workers whose authority is not there yet, or was there `before`. */
async function stage(acme: string, macKeys?: Readonly<Record<string, string>>, before?: AsyncDisposableStack): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'merpati-acme-'))
  folders.push(folder)
  if (USER.uid !== undefined) chownSync(folder, USER.uid, USER.gid)
  const [smtp = 0, imaps = 0, http = 0, https = 0, port = 0, managementPort = 0] = await freePorts(6)
  const hosts = { mx: { A: ['127.0.0.1'] }, mail: { A: ['127.0.0.1'] }, 'mta-sts': { A: ['127.0.0.1'] }, autoconfig: { A: ['192.0.2.1'] } }
  const dns = await startDns([zone('toko.test', hosts)])
  const listen = (protocol: string, at: number, security: string): string => `[[listen]]\nprotocol = "${protocol}"\naddress = "127.0.0.1"\nport = ${at}\nsecurity = "${security}"\n`
  const config = join(folder, 'merpati.toml')
  writeFileSync(join(folder, 'roots.pem'), pebbleCertificate.cert)
  writeFileSync(join(folder, 'mac'), `${Object.values(macKeys ?? {})[0] ?? ''}\n`)
  const listeners = [listen('smtp', smtp, 'starttls'), listen('imap', imaps, 'implicit'), listen('http', http, 'none'), listen('http', https, 'implicit')]
  const top = 'hostname = "mx.toko.test"\nworkers = 2\n'
  const outbound = `[outbound]\nresolvers = ["127.0.0.1:${dns.port}"]\n`
  writeFileSync(config, `${top}${outbound}[acme]\nenabled = true\nagree_tos = true\ndirectory = "${directoryAt(port)}"\nroots = "roots.pem"\n${acme}\n${listeners.join('')}`)
  const startAuthority = (change?: Partial<PebblePlan>): Promise<Pebble> => startPebble({ port, managementPort, dns, httpPort: http, tlsPort: https, ...(macKeys === undefined ? {} : { macKeys }), ...change })
  before?.use(await startAuthority())
  const server = await startServer(['serve', '--config', config], env, USER)
  return {
    ports: { smtp, imaps, http, https },
    dns,
    config,
    server,
    startAuthority,
    cli: (...args) => runCli([...args, '--config', config], env, '', USER),
    metrics: async () => await (await fetch(`http://127.0.0.1:${http}/metrics`)).text(),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await dns[Symbol.asyncDispose]()
    },
  }
}

async function handshake(options: ConnectionOptions): Promise<TLSSocket> {
  const client = connect({ rejectUnauthorized: false, ...options })
  const failed = once(client, 'error').then(([error]) => Promise.reject(error))
  await Promise.race([once(client, 'secureConnect'), failed])
  return client
}

/** Ends politely, so that the server is done with us, and tells whose certificate it was. */
async function farewell(client: TLSSocket): Promise<X509Certificate> {
  const certificate = client.getPeerX509Certificate()
  client.resume().end()
  await once(client, 'close')
  assert.ok(certificate !== undefined)
  return certificate
}

/** The certificate that a listener shows to who asks for a name. With `ca` it must be trusted. */
async function shown(port: number, servername: string, ca?: string): Promise<X509Certificate> {
  const client = await handshake({ host: '127.0.0.1', port, servername, ...(ca === undefined ? {} : { ca, rejectUnauthorized: true }) })
  return await farewell(client)
}

/** The same after STARTTLS. */
async function shownBySmtp(port: number, servername: string, ca: string): Promise<X509Certificate> {
  const plain = connectPlain(port, '127.0.0.1')
  for (const line of ['', 'EHLO client.example\r\n', 'STARTTLS\r\n']) {
    plain.write(line)
    await once(plain, 'data')
  }
  const client = await handshake({ socket: plain, servername, ca, rejectUnauthorized: true })
  return await farewell(client)
}

/** Connects again and again until the certificate is one that `isGood` holds for. */
async function untilShown(stage: Stage, port: number, servername: string, isGood: (certificate: X509Certificate) => boolean): Promise<X509Certificate> {
  const deadline = AbortSignal.timeout(ORDER_MS)
  for (;;) {
    const certificate = await shown(port, servername)
    if (isGood(certificate)) return certificate
    assert.equal(deadline.aborted, false, `no such certificate was served: ${(await stage.cli('certificate', 'list')).stdout}\n${logOf(stage)}`)
  }
}

function logOf({ config }: Stage): string {
  const folder = join(config, '..', 'data', 'log')
  return readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8')).join('').split('\n').filter((line) => line.includes('certificate') || line.includes('"error"')).join('\n')
}

const isPebbles = ({ issuer }: X509Certificate): boolean => issuer.includes('Pebble')

/** So many connections meet both workers: one in 500 such series would not. */
const MANY = 10

test('until the authority answers a certificate of our own serves; then HTTP-01 gets one that every worker serves everywhere, and renewal replaces it', async () => {
  await using house = await stage('names = ["mx.toko.test", "mail.toko.test"]\nchallenges = ["http-01"]\ncontact = ["ibu@toko.test"]')
  const { ports } = house
  const standIn = await shown(ports.imaps, 'mx.toko.test')
  assert.deepEqual([standIn.subject, standIn.issuer], ['CN=mx.toko.test', 'CN=mx.toko.test'])
  await using pebble = await house.startAuthority()
  const asked = await house.cli('certificate', 'renew', 'mx.toko.test')
  assert.deepEqual([asked.code, asked.stdout, asked.stderr], [0, 'asked for: mx.toko.test\n', ''])
  const first = await untilShown(house, ports.imaps, 'mx.toko.test', isPebbles)
  const root = await pebble.root()
  for (let i = 0; i < MANY; i++) {
    for (const name of ['mx.toko.test', 'mail.toko.test']) {
      assert.equal((await shown(ports.imaps, name, root)).serialNumber, first.serialNumber)
      assert.equal((await shown(ports.https, name, root)).serialNumber, first.serialNumber)
      assert.equal((await shownBySmtp(ports.smtp, name, root)).serialNumber, first.serialNumber)
    }
  }
  const listed = JSON.parse((await house.cli('certificate', 'list', '--json')).stdout) as readonly Record<string, unknown>[]
  assert.equal(listed.length, 1)
  assert.deepEqual({ ...listed[0], expires: null }, { name: 'mx.toko.test', source: 'acme', names: ['mx.toko.test', 'mail.toko.test'], expires: null, state: 'good', next: null, error: null })
  assert.match(await house.metrics(), new RegExp(`^merpati_certificate_expiry_seconds\\{name="mx.toko.test"\\} ${Date.parse(first.validTo) / 1000}$`, 'm'))

  const old = await handshake({ host: '127.0.0.1', port: ports.imaps, servername: 'mx.toko.test' })
  await once(old, 'data') // Its greeting.
  assert.equal((await house.cli('certificate', 'renew', '--all')).code, 0)
  const second = await untilShown(house, ports.imaps, 'mx.toko.test', ({ serialNumber }) => serialNumber !== first.serialNumber)
  assert.ok(isPebbles(second))
  old.write('a NOOP\r\n')
  assert.match(String((await once(old, 'data'))[0]), /^a OK/)
  old.destroy()
  for (let i = 0; i < MANY; i++) assert.equal((await shownBySmtp(ports.smtp, 'mx.toko.test', root)).serialNumber, second.serialNumber)
  assert.match((await house.cli('certificate', 'show', 'mx.toko.test')).stdout, new RegExp(second.serialNumber))
  assert.equal(await house.server.stop(), 0)
})

test('the first order of a start waits until the listeners are open, and needs no second', async () => {
  await using authority = new AsyncDisposableStack()
  await using house = await stage('challenges = ["http-01"]', undefined, authority)
  await untilShown(house, house.ports.imaps, 'mx.toko.test', isPebbles)
  const events = logOf(house).split('\n').filter((line) => line !== '').map((line) => (JSON.parse(line) as { readonly event: string }).event)
  assert.deepEqual(events.filter((event) => event === 'certificate.ordered' || event === 'certificate.failed'), ['certificate.ordered'])
  assert.equal(await house.server.stop(), 0)
})

test('TLS-ALPN-01 gets one while the usual clients are served as ever, and an authority that has forgotten us learns who we are', async () => {
  await using house = await stage('challenges = ["tls-alpn-01"]\nkey_type = "p384"')
  const { ports } = house
  {
    await using pebble = await house.startAuthority()
    await house.cli('certificate', 'renew', 'mx.toko.test')
    const first = await untilShown(house, ports.https, 'mx.toko.test', isPebbles)
    assert.deepEqual([first.publicKey.asymmetricKeyType, first.publicKey.asymmetricKeyDetails?.namedCurve], ['ec', 'secp384r1'])
    assert.equal((await shownBySmtp(ports.smtp, 'mx.toko.test', await pebble.root())).serialNumber, first.serialNumber)
    assert.match(logOf(house), /"certificate\.ordered".*"challenge":"tls-alpn-01"/)
  }
  const before = await shown(ports.https, 'mx.toko.test')
  await using pebble = await house.startAuthority() // It keeps nothing.
  await house.cli('certificate', 'renew', 'mx.toko.test')
  const second = await untilShown(house, ports.https, 'mx.toko.test', ({ serialNumber }) => serialNumber !== before.serialNumber)
  await shown(ports.imaps, 'mx.toko.test', await pebble.root())
  assert.ok(isPebbles(second))
  assert.equal(await house.server.stop(), 0)
})

test('an authority that wants an account elsewhere gets its proof; hosts of domains that lead here get a certificate of their own; a way of proof that fails is followed by the other', async () => {
  const mac = Buffer.alloc(48, 9).toString('base64url')
  await using house = await stage('challenges = ["tls-alpn-01", "http-01"]\nhosted_names = true\neab_key_id = "kid-1"\neab_key_file = "mac"', { 'kid-1': mac })
  const { ports } = house
  for (const args of [['organization', 'add', 'toko'], ['domain', 'add', 'toko.test']]) assert.equal((await house.cli(...args)).code, 0)
  const failsWith = async (reason: RegExp): Promise<void> => {
    const deadline = AbortSignal.timeout(ORDER_MS)
    for (let text = ''; !reason.test(text); text = (await house.cli('certificate', 'list')).stdout) assert.equal(deadline.aborted, false, text)
  }
  await failsWith(/failing .*does not answer/)
  const [nobody = 0] = await freePorts(1)
  await using pebble = await house.startAuthority({ httpPort: nobody })
  await house.cli('certificate', 'renew', '--all')
  await failsWith(/was not shown to be ours by http-01/)
  await house.cli('certificate', 'renew', '--all')
  const own = await untilShown(house, ports.imaps, 'mx.toko.test', isPebbles)
  assert.deepEqual(own.subjectAltName, 'DNS:mx.toko.test')
  const hosted = await untilShown(house, ports.https, 'mta-sts.toko.test', ({ subjectAltName }) => subjectAltName?.includes('mta-sts') === true)
  assert.deepEqual(hosted.subjectAltName, 'DNS:mta-sts.toko.test') // autoconfig leads elsewhere, autodiscover nowhere.
  await shown(ports.https, 'mta-sts.toko.test', await pebble.root())
  assert.match((await house.cli('certificate', 'list')).stdout, /^hosted:toko\.test +acme +mta-sts\.toko\.test +\S+ +good/m)
  assert.equal(await house.server.stop(), 0)
})
