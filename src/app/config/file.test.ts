import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { z } from 'zod'
import { USUAL_CAPS } from '../../core/filter/outbound/limits.ts'
import { demoConfig } from './demo.ts'
import { readConfig } from './file.ts'
import { settings } from './settings.ts'
import { sampleConfig } from './sample.ts'

const folder = mkdtempSync(join(tmpdir(), 'merpati-config-'))
after(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'merpati.toml')

const HOST = 'hostname = "mx.example.org"\n'

function read(text: string, env: Readonly<Record<string, string>> = {}): ReturnType<typeof readConfig> {
  writeFileSync(path, text)
  return readConfig(path, env)
}

function faultOf(text: string, env: Readonly<Record<string, string>> = {}): string {
  const got = read(text, env)
  return got.ok ? 'no fault' : got.error
}

test('a wrong setting is one line: the file, the key, what is allowed, what was there', () => {
  const wrong: readonly (readonly [text: string, fault: string])[] = [
    ['', 'hostname: want text in quotes, it is missing'],
    ['hostname = "localhost"', 'hostname: want a host name such as "mx.example.org", got "localhost"'],
    [`${HOST}drain = "4 dayz"`, 'drain: want a duration such as "30s" or "5d", got "4 dayz"'],
    [`${HOST}workers = "two"`, 'workers: want a number, got "two"'],
    [`${HOST}workers = 0`, 'workers: want at least 1, got 0'],
    [`${HOST}proxies = ["10.0.0.0/33"]`, 'proxies.0: want a network such as "192.0.2.0/24" or "2001:db8::/32", got "10.0.0.0/33"'],
    [`${HOST}[log]\nlevel = "loud"`, 'log.level: want "debug", "info", "warn" or "error", got "loud"'],
    [`${HOST}[limits]\nmessage = "50MB"`, 'limits.message: want a size such as "32KiB" or "50MiB", got "50MB"'],
    [`${HOST}[limits]\ninline = "2GiB"`, 'limits.inline: want at most "1MiB", got "2GiB"'],
    [`${HOST}[limits]\nfoo = 1`, 'limits.foo: there is no such setting, [limits] has message, inline, free, connections, connections_per_client'],
    [`${HOST}[tls]\nkey = "k.pem"`, 'tls.certificate: want text in quotes, it is missing'],
    [`${HOST}[database]\nkind = "postgres"`, 'database.url: want the address of a database, because kind is "postgres", it is missing'],
    [`${HOST}listen = []`, 'listen: want at least one listener, got []'],
    [`${HOST}[[listen]]\nprotocol = "imap"\nport = 70000\nsecurity = "none"`, 'listen.0.port: want at most 65535, got 70000'],
    [
      `${HOST}[[listen]]\nprotocol = "imap"\naddress = "mail.example.org"\nport = 143\nsecurity = "none"`,
      'listen.0.address: want an IP address such as "::" or "192.0.2.1", got "mail.example.org"',
    ],
    [`${HOST}[outbound.tls]\n"far.example" = "always"`, 'outbound.tls.far.example: want "require", "require+verify", "disable" or "opportunistic", got "always"'],
    [`${HOST}[outbound.tls]\n"Far Example" = "require"`, 'outbound.tls.Far Example: want a domain such as "far.example", "*.far.example" or "*"'],
    [`${HOST}[filter]\nvirus = 1`, 'filter.virus: there is no such setting, [filter] has reject, junk, tag, dmarc, greylist, greet_delay, dns_lists, trusted, trusted_sealers, scores, attachments, clamav, rspamd, milter'],
    [`${HOST}[filter.clamav]\nport = 1`, 'filter.clamav.address: want text in quotes, it is missing'],
    [`${HOST}[filter.rspamd]\nurl = "http://rspamd.example:11333"`, 'filter.rspamd.url: want an address such as "http://127.0.0.1:11333" or "unix:/run/rspamd.sock", got "http://rspamd.example:11333"'],
    [`${HOST}[[filter.milter]]\nname = "dkim"\naddress = "127.0.0.1:8891"\nport = 1`, 'filter.milter.0.port: there is no such setting, [[filter.milter]] has name, address, on_outage'],
    [`${HOST}[acme]\ndirectory = "http://ca.example/dir"`, 'acme.directory: want an https address such as "https://acme-v02.api.letsencrypt.org/directory", got "http://ca.example/dir"'],
    [`${HOST}[acme]\nnames = ["*.example.org"]`, 'acme.names.0: want a host name such as "mx.example.org", got "*.example.org"'],
    [`${HOST}[acme]\nfoo = 1`, 'acme.foo: there is no such setting, [acme] has enabled, directory, agree_tos, contact, names, hosted_names, key_type, challenges, eab_key_id, eab_key_file, roots'],
    [`${HOST}[[certificate]]\ncertificate = "c.pem"\nkey = "k.pem"\nfoo = 1`, 'certificate.0.foo: there is no such setting, [[certificate]] has certificate, key, names'],
    [`${HOST}[login]\nsignup = "on"`, 'login.from: want an address, because signup is "on", it is missing'],
    [`${HOST}[login]\nfoo = 1`, 'login.foo: there is no such setting, [login] has host, proxies, from, signup'],
    [`${HOST}[[oidc]]\nname = "a"\nissuer = "http://id.example"\nclient_id = "x"`, 'oidc.0.issuer: want an https address such as "https://accounts.google.com", got "http://id.example"'],
    [`${HOST}[[oidc]]\nname = "A B"\nissuer = "https://id.example"\nclient_id = "x"`, 'oidc.0.name: want a short name such as "google", got "A B"'],
    [`${HOST}[accounts]\nquota = "lots"`, 'accounts.quota: want "none" or a size such as "500MiB" or "10GiB", got "lots"'],
  ]
  for (const [text, fault] of wrong) assert.equal(faultOf(text), `${path}: ${fault}`)
})

test('every setting refuses a value of another kind in one line that begins with its key and says what is wanted', () => {
  type Shape = { readonly type?: string; readonly properties?: Readonly<Record<string, Shape>>; readonly items?: Shape }
  const { properties = {} } = z.toJSONSchema(settings, { io: 'input' }) as Shape
  const entries = Object.entries(properties)
  const isTable = ({ type }: Shape): boolean => type === 'object'
  const wrongFor = (shape: Shape | undefined): string => (shape?.type === 'boolean' ? '7' : 'true')
  const plain = entries.filter(([, shape]) => !isTable(shape)).map(([key]) => ({ key, wrong: 'true', text: `${key === 'hostname' ? '' : HOST}${key} = true` }))
  const needed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    tls: { certificate: '"c.pem"', key: '"k.pem"' },
    certificate: { certificate: '"c.pem"', key: '"k.pem"' },
    listen: { protocol: '"imap"', port: '143', security: '"none"' },
    oidc: { name: '"a"', issuer: '"https://id.example"', client_id: '"x"' },
  }
  const lines = (table: string, key: string, wrong: string): string =>
    Object.entries({ ...needed[table], [key]: wrong }).map(([name, value]) => `${name} = ${value}`).join('\n')
  const inTables = entries.flatMap(([table, shape]) =>
    Object.entries(isTable(shape) ? (shape.properties ?? {}) : {}).map(([key, setting]) => {
      const wrong = wrongFor(setting)
      return { key: `${table}.${key}`, wrong, text: `${HOST}[${table}]\n${lines(table, key, wrong)}` }
    }),
  )
  const inLists = entries.flatMap(([list, { items }]) =>
    Object.keys(items?.properties ?? {}).map((key) => ({ key: `${list}.0.${key}`, wrong: 'true', text: `${HOST}[[${list}]]\n${lines(list, key, 'true')}` })),
  )
  const all = [...plain, ...inTables, ...inLists]
  assert.ok(plain.length >= 6 && inTables.length >= 10 && inLists.length >= 4, `${plain.length} ${inTables.length} ${inLists.length}`)
  for (const { key, wrong, text } of all) {
    const fault = faultOf(text)
    assert.ok(!fault.includes('\n'), fault)
    assert.ok(fault.startsWith(`${path}: ${key}: want `) && fault.endsWith(`, got ${wrong}`), `${key}: ${fault}`)
  }
})

test('a setting that is not there is named with those that are', () => {
  assert.match(faultOf(`${HOST}hostnam = "x"`), /: hostnam: there is no such setting, this file has hostname, data, workers, /)
})

test('a file that is no TOML is refused with the line and column', () => {
  assert.match(faultOf('hostname = "mx.example.org"\ndrain = \n'), /merpati\.toml:2:\d+: /)
})

test('a file that is not there says what makes one', () => {
  const missing = readConfig(join(folder, 'none.toml'), {})
  assert.match(missing.ok ? '' : missing.error, /none\.toml: there is no such file: "merpati init" writes one/)
})

test('units are read, paths are relative to the file, and everything else has its usual value', () => {
  const got = read(`${HOST}drain = "2m"\n[tls]\ncertificate = "c.pem"\nkey = "/etc/k.pem"\n[limits]\nmessage = "1MiB"\n[accounts]\nquota = "1GiB"`)
  assert.ok(got.ok)
  const { drainMs, dataDir, tls, limits, newAccountQuotaBytes, database, listeners, mode } = got.value
  assert.deepEqual([drainMs, dataDir, newAccountQuotaBytes, mode], [120_000, join(folder, 'data'), 1024 ** 3, 'production'])
  assert.deepEqual(tls, { certificate: join(folder, 'c.pem'), key: '/etc/k.pem' })
  assert.deepEqual([limits.maxMessageBytes, limits.inlineBytes, database], [1024 ** 2, 32 * 1024, { kind: 'sqlite' }])
  assert.deepEqual(listeners.filter(({ protocol }) => protocol !== 'http').map(({ port }) => port), [25, 587, 465, 143, 993, 110, 995])
})

test('more certificates are named by their place, and ACME orders what it says, for the hostname when it says nothing', () => {
  const got = read(`${HOST}[[certificate]]\ncertificate = "c.pem"\nkey = "k.pem"\nnames = ["*.example.org"]\n[acme]\nenabled = true\nagree_tos = true`)
  assert.ok(got.ok)
  assert.deepEqual(got.value.certificates, [{ certificate: join(folder, 'c.pem'), key: join(folder, 'k.pem'), names: ['*.example.org'], setting: 'certificate.0' }])
  const { names, challenges, hosted, external, roots } = got.value.acme ?? {}
  // The usual listeners have no HTTP over TLS.
  assert.deepEqual({ names, challenges, hosted, external, roots }, { names: ['mx.example.org'], challenges: ['http-01'], hosted: false, external: null, roots: null })
  const without = read(HOST)
  assert.ok(without.ok)
  assert.deepEqual([without.value.acme, without.value.certificates], [null, []])
})

test('the environment chooses the database before the file does, and may leave the address to the file', () => {
  const url = 'postgres://merpati@db/merpati'
  const file = `${HOST}[database]\nurl = "${url}"`
  const databaseOf = (env: Readonly<Record<string, string>>): unknown => {
    const got = read(file, env)
    return got.ok ? got.value.database : got.error
  }
  assert.deepEqual(databaseOf({}), { kind: 'sqlite' })
  assert.deepEqual(databaseOf({ MERPATI_DATABASE: 'postgres' }), { kind: 'postgres', url })
  assert.deepEqual(databaseOf({ MERPATI_DATABASE: 'postgres', MERPATI_DATABASE_URL: 'postgres://other/x' }), { kind: 'postgres', url: 'postgres://other/x' })
  assert.equal(databaseOf({ MERPATI_DATABASE: 'mysql' }), 'MERPATI_DATABASE: want "sqlite" or "postgres", got "mysql"')
})

test('the file that init writes is read, and means the same with every comment taken away', () => {
  const values = { hostname: 'mx.example.org', data: 'data', tls: { certificate: 'c.pem', key: 'k.pem' } }
  const written = read(sampleConfig(values))
  assert.ok(written.ok, written.ok ? '' : written.error)
  const spoken = sampleConfig(values).replace(/^# (\[.*\]$|[a-z_]+ = (?!\.\.\.))/gm, '$1').replace(/^# url.*$/m, '')
  assert.deepEqual(read(spoken), written)
  assert.notEqual(spoken, sampleConfig(values))
})

test('caps of accounts are read, and are those that people never meet when nothing is said', () => {
  const got = read(`${HOST}[submission]\nmessages_per_hour = 5\nwatch = "off"`)
  assert.deepEqual(got.ok && got.value.submission, { caps: { ...USUAL_CAPS, messagesPerHour: 5 }, watch: 'off' })
  const usual = read(HOST)
  assert.deepEqual(usual.ok && usual.value.submission, { caps: USUAL_CAPS, watch: 'on' })
  const demo = demoConfig({ MERPATI_SENDING: 'watched' })
  assert.deepEqual(demo.ok && demo.value.submission, { caps: USUAL_CAPS, watch: 'on' })
  assert.equal(demoConfig({ MERPATI_SENDING: 'x' }).ok, false)
})

test('links of tracked mail lead to the hostname, or to another name', () => {
  for (const [text, host] of [[HOST, 'mx.example.org'], [`${HOST}[track]\nhost = "links.example.org"`, 'links.example.org']] as const) {
    const got = read(text)
    assert.deepEqual(got.ok && got.value.track, { host, origin: `https://${host}` })
  }
  assert.equal(faultOf(`${HOST}[track]\nhost = "https://links.example.org"`), `${path}: track.host: want a host name such as "links.example.org", got "https://links.example.org"`)
})

test('scanners are read, and there are none when none is named', () => {
  const got = read(`${HOST}[filter.clamav]\naddress = "unix:/run/clamav/clamd.ctl"\n[filter.rspamd]\nurl = "http://[::1]:11333"\n[[filter.milter]]\nname = "dkim"\naddress = "127.0.0.1:8891"\non_outage = "tag"`)
  assert.deepEqual(got.ok && got.value.scanners, {
    clamav: { address: { kind: 'unix', path: '/run/clamav/clamd.ctl' }, onOutage: 'tempfail' },
    rspamd: { address: { kind: 'tcp', host: '::1', port: 11_333 } },
    milters: [{ name: 'dkim', address: { kind: 'tcp', host: '127.0.0.1', port: 8891 }, onOutage: 'tag' }],
  })
  const none = read(HOST)
  assert.deepEqual(none.ok && none.value.scanners, { clamav: null, rspamd: null, milters: [] })
})

test('a time server is a host, with a port or without, and nobody unless it is named', () => {
  const timeServer = (text: string): unknown => {
    const got = read(`${HOST}[observe]\n${text}`)
    return got.ok ? got.value.timeServer : got.error
  }
  assert.deepEqual(['', 'time_server = "pool.ntp.org"', 'time_server = "localhost:1123"'].map(timeServer), [null, { host: 'pool.ntp.org', port: 123 }, { host: '127.0.0.1', port: 1123 }])
  assert.match(String(timeServer('time_server = "a b"')), /observe\.time_server: want a host such as "pool\.ntp\.org"/)
})

test('a collector of traces is read with the fields that it wants, and nothing is told to anybody when none is named', () => {
  const got = read(`${HOST}[observe.otlp]\nurl = "https://collector.example:4318"\nheaders = { authorization = "Bearer t" }`)
  assert.deepEqual(got.ok && got.value.collector, { url: 'https://collector.example:4318', headers: { authorization: 'Bearer t' } })
  const none = read(HOST)
  assert.equal(none.ok && none.value.collector, null)
  const fault = (text: string): string => {
    const refused = read(`${HOST}[observe.otlp]\n${text}`)
    return refused.ok ? '' : refused.error
  }
  assert.match(fault('url = "collector:4318"'), /observe\.otlp\.url: want an address such as "http:\/\/127\.0\.0\.1:4318"/)
  assert.match(fault('url = "http://me:secret@collector.example"'), /belong into headers/)
  assert.match(fault('url = "http://[::1]:4318"\nheaders = { "a b" = "c" }'), /want the name of a header field/)
  assert.match(fault('url = "http://[::1]:4318"\nheaders = { a = "b\\r\\nc" }'), /want a value of visible characters/)
  assert.match(fault('uri = "http://[::1]:4318"'), /there is no such setting|it is missing/)
})

test('the demo listens on loopback only, on the standard ports plus the offset', () => {
  const usual = demoConfig({})
  assert.ok(usual.ok)
  assert.ok(usual.value.listeners.every(({ address }) => address === '127.0.0.1'))
  assert.deepEqual(usual.value.listeners.map(({ port }) => port), [1025, 1587, 1465, 1024, 1143, 1993, 1110, 1995, 1080, 1443])
  const moved = demoConfig({ MERPATI_PORT_OFFSET: '2000', MERPATI_DATA: '/srv/mail' })
  assert.ok(moved.ok)
  assert.deepEqual([moved.value.listeners[0]?.port, moved.value.dataDir], [2025, '/srv/mail'])
  for (const offset of ['-1', '0x10', '1.5', '64001', 'x']) assert.equal(demoConfig({ MERPATI_PORT_OFFSET: offset }).ok, false, offset)
})

test('what TLS is wanted of whom is a table of its own', () => {
  const got = read(`${HOST}[outbound.tls]\n"far.example" = "require+verify"\n"*" = "require"\n`)
  assert.ok(got.ok)
  assert.deepEqual(got.value.outbound.tls, { 'far.example': 'require+verify', '*': 'require' })
})
