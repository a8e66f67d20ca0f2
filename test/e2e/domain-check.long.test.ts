import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { askApi } from '../support/api.ts'
import type { DnsTestServer } from '../support/dns/server.ts'
import { startDns } from '../support/dns/server.ts'
import { zone } from '../support/dns/zone.ts'
import { type Changes, type GivenRecord, unquoted, zonesOf } from '../support/domain-zone.ts'
import { type Demo, runCli, startDemo } from '../support/server.ts'

const DOMAIN = 'merpati.test'
const HOST = 'mx.merpati.test'

interface Found {
  readonly id: string
  readonly kind: 'pass' | 'warn' | 'fail' | 'unknown'
  readonly found: string
  readonly advice: { readonly en: string; readonly id: string } | null
  readonly records: readonly { readonly name: string; readonly type: string; readonly value: string }[]
}

let demo: Demo
let dns: DnsTestServer
let env: Readonly<Record<string, string | undefined>>
let records: readonly GivenRecord[]
/** What tells that the test server validates. */
const TEST_ZONES = [zone('signed.test', { '@': { A: ['192.0.2.1'] } }, { signed: true }), zone('broken.test', { '@': { A: ['192.0.2.1'] } }, { bogus: true })]
before(async () => {
  dns = await startDns()
  demo = await startDemo()
  env = {
    ...demo.env,
    MERPATI_MX_PORT: String(demo.ports.smtp),
    MERPATI_POLICY_PORT: String(demo.ports.https),
    MERPATI_RESOLVER_VALIDATING: 'signed.test broken.test',
    NODE_EXTRA_CA_CERTS: join(demo.dataDir, 'tls/certificate.pem'),
  }
  await demo.cli(['domain', 'set', DOMAIN, '--mta-sts', 'enforce'])
  records = JSON.parse((await demo.cli(['dns', 'records', DOMAIN, '--json'])).stdout) as readonly GivenRecord[]
})
after(async () => {
  await demo[Symbol.asyncDispose]()
  await dns[Symbol.asyncDispose]()
})

/** Checks the domain while DNS holds what the program asked for, less these changes. */
async function check(changes: Changes = {}, options: { readonly signed?: boolean; readonly bogus?: boolean } = { signed: true }): Promise<{ readonly code: number | null; readonly findings: readonly Found[] }> {
  dns.serve([...zonesOf(records, changes, options), ...TEST_ZONES])
  const { code, stdout, stderr } = await runCli(['dns', 'check', DOMAIN, '--json', '--resolver', `127.0.0.1:${dns.port}`], env)
  assert.equal(stderr, '')
  return { code, findings: (JSON.parse(stdout) as { readonly findings: readonly Found[] }).findings }
}

/** What every test of a broken row has in common: it is told as that, in both languages, and with what mends it. */
async function checkOne(id: string, changes: Changes, options?: { readonly signed?: boolean; readonly bogus?: boolean }): Promise<Found> {
  const { code, findings } = await check(changes, options)
  const finding = findings.find((each) => each.id === id)
  assert.ok(finding !== undefined, id)
  assert.equal(code, findings.some(({ kind }) => kind === 'fail') ? 1 : 0)
  if (finding.kind !== 'pass') assert.ok((finding.advice?.en ?? '') !== '' && (finding.advice?.id ?? '') !== '', id)
  return finding
}

test('a domain that publishes what the program asks for passes every check', async () => {
  const { code, findings } = await check()
  assert.deepEqual(findings.filter(({ kind }) => kind !== 'pass').map(({ id, kind, found }) => [id, kind, found]), [['lists', 'unknown', 'no DNS list answers us']])
  assert.equal(code, 0)
  assert.equal(findings.length, 24)
})

test('a test mail that is made on request shows that SPF and DKIM are aligned, on the command line and over HTTP', async () => {
  dns.serve([...zonesOf(records, {}, { signed: true }), ...TEST_ZONES])
  const { stdout } = await runCli(['dns', 'check', DOMAIN, '--live', '--resolver', `127.0.0.1:${dns.port}`], env)
  assert.match(stdout, /^✔ alignment +both are, from 127\.0\.0\.1$/m)
  const { body } = await askApi(demo, `/v1/domains/${DOMAIN}/dns?live=true`)
  const alignment = (body['findings'] as readonly { readonly id: string; readonly status: string }[]).find(({ id }) => id === 'alignment')
  assert.equal(alignment?.status, 'unknown') // The demo asks no DNS server.
  assert.equal((await askApi(demo, `/v1/domains/${DOMAIN}/dns?live=maybe`)).status, 422)
})

/** Every row broken at once, as far as one DNS can: which check says so, and how. */
const BROKEN: Changes = {
  [`MX ${DOMAIN}`]: ['10 post.merpati.test.'],
  'CNAME post.merpati.test': [`${HOST}.`],
  [`A ${HOST}`]: ['10.0.0.1'],
  'PTR 1.0.0.127.in-addr.arpa': null,
  [`TXT ${DOMAIN}`]: ['v=spf1 +all'],
  [`TXT ${HOST}`]: ['v=spf1 -all'],
  [`TXT _dmarc.${DOMAIN}`]: ['v=DMARC1; p=reject; psd=y; rua=mailto:laporan@luar.test'],
  [`TXT _mta-sts.${DOMAIN}`]: ['v=STSv1; id=1'],
  [`CNAME mta-sts.${DOMAIN}`]: null,
  [`TXT _smtp._tls.${DOMAIN}`]: ['v=TLSRPTv1'],
  [`TLSA _25._tcp.${HOST}`]: [`3 1 1 ${'ab'.repeat(32)}`],
  [`CAA ${DOMAIN}`]: ['128 tbs "x"'],
  [`CNAME autodiscover.${DOMAIN}`]: ['cloud.luar.test.'],
  [`TXT default._bimi.${DOMAIN}`]: ['v=BIMI1; l=http://x'],
}

test('what is broken is told, row by row, with the record that mends it', async () => {
  const keys = Object.fromEntries(records.filter(({ name }) => name.includes('._domainkey.')).map(({ name }) => [`TXT ${name}`, ['v=DKIM1; p=']]))
  const { code, findings } = await check({ ...BROKEN, ...keys })
  assert.equal(code, 1)
  const failed = new Map(findings.filter(({ kind }) => kind === 'fail').map((finding) => [finding.id, finding]))
  assert.deepEqual([...failed.keys()], ['mx', 'mx-address', 'ptr', 'spf', 'dkim', 'dmarc', 'dmarc-tree', 'return-path', 'mta-sts', 'tls-rpt', 'dane', 'caa', 'discovery', 'bimi'])
  for (const [id, { advice, records: mended }] of failed) {
    assert.ok(advice !== null && advice.en !== '' && advice.id !== '' && advice.en !== advice.id, id)
    assert.ok(mended.length > 0 || id === 'caa', `${id} names no record`)
    for (const { name, type } of mended) assert.match(advice.en, new RegExp(`${name.replaceAll('.', '\\.')}|${type}`), id)
  }
})

test('the records that a check tells to publish make it pass', async () => {
  const { findings } = await check({ ...BROKEN, [`CAA ${DOMAIN}`]: null })
  const mended = findings.flatMap((finding) => finding.records).filter(({ name, type }) => type !== 'TLSA' || name.startsWith('_25.'))
  const values: Record<string, readonly string[] | null> = { 'CNAME post.merpati.test': null, [`TXT default._bimi.${DOMAIN}`]: null }
  for (const { name, type, value } of mended) {
    if (name.includes('_report._dmarc') || name.startsWith('default._bimi')) continue
    values[`${type} ${name}`] = [type === 'TXT' ? unquoted(value) : value]
  }
  const after = await check({ [`TXT _dmarc.${DOMAIN}`]: ['v=DMARC1; p=reject; np=reject; rua=mailto:postmaster@merpati.test'], ...values })
  assert.deepEqual(after.findings.filter(({ kind }) => kind !== 'pass').map(({ id, found }) => [id, found]), [['lists', 'no DNS list answers us']])
})

test('a zone whose signatures are wrong fails, one without them warns, and a silent DNS does neither', async () => {
  assert.deepEqual(((finding) => [finding.kind, /signatures are wrong/.test(finding.found)])(await checkOne('dnssec', {}, { bogus: true })), ['fail', true])
  assert.equal((await checkOne('dnssec', {}, { signed: false })).kind, 'warn')
  for (const name of [DOMAIN, `_dmarc.${DOMAIN}`, HOST]) dns.behave(name, 'refused')
  const { code, findings } = await check()
  for (const name of [DOMAIN, `_dmarc.${DOMAIN}`, HOST]) dns.behave(name, null)
  assert.deepEqual([code, findings.filter(({ kind }) => kind === 'fail').map(({ id }) => id)], [0, []])
  for (const id of ['exists', 'mx', 'spf', 'dmarc', 'return-path']) assert.equal(findings.find((each) => each.id === id)?.kind, 'unknown', id)
})

test('people get a table with a sign for each state, in their language, and the records as a zone file', async () => {
  dns.serve([...zonesOf(records, BROKEN, { signed: true }), ...TEST_ZONES])
  const flags = ['--resolver', `127.0.0.1:${dns.port}`]
  const page = await runCli(['dns', 'check', DOMAIN, ...flags, '--locale', 'id'], env)
  assert.equal(page.code, 1)
  assert.match(page.stdout, /^✘ mx +MX 10 post/m)
  assert.match(page.stdout, /^✔ exists +it is$/m)
  assert.match(page.stdout, /Ganti record SPF \(TXT\) di merpati\.test dengan: merpati\.test\. 3600 IN TXT "v=spf1 /)
  assert.match(page.stdout, /merpati\.test: 8 good, 1 to improve, 13 wrong, 2 unknown\n$/)
  const zoneText = await runCli(['dns', 'check', DOMAIN, ...flags, '--zone'], env)
  assert.match(zoneText.stdout, /^merpati\.test\. 3600 IN MX 10 mx\.merpati\.test\.$/m)
  const lines = zoneText.stdout.split('\n').filter((text) => / IN /.test(text))
  assert.equal(new Set(lines).size, lines.length)
})

test('the records of a domain are listed, as a table and as a zone file', async () => {
  const table = await demo.cli(['dns', 'records', DOMAIN])
  assert.match(table.stdout, /^NEED +NAME +TYPE +REMARK +VALUE$/m)
  const zoneText = (await demo.cli(['dns', 'records', DOMAIN, '--zone'])).stdout
  assert.match(zoneText, /^m\w+r\._domainkey\.merpati\.test\. 3600 IN TXT "v=DKIM1; k=rsa; p=[^"]{200,255}" "[^"]+"$/m)
  assert.match(zoneText, /^; default\._bimi\.merpati\.test\. /m)
  for (const text of zoneText.split('\n')) assert.ok(text === '' || text.startsWith(';') || /^\S+\. 3600 IN [A-Z]+ \S/.test(text), text)
})

test('without a DNS server the demo says that it knows nothing', async () => {
  const { code, stdout } = await demo.cli(['dns', 'check', DOMAIN])
  assert.equal(code, 0)
  assert.match(stdout, /^\? mx .*name one with --resolver HOST:PORT$/m)
  assert.deepEqual((await demo.cli(['dns', 'check', 'else.test'])).code, 1)
  assert.deepEqual((await demo.cli(['dns', 'check', DOMAIN, '--resolver', 'x'])).code, 2)
})

test('a rotation of keys is told of while it goes on', async () => {
  assert.equal((await demo.cli(['domain', 'rotate-keys', DOMAIN])).code, 0)
  const rotation = await checkOne('dkim-rotation', {})
  assert.equal(rotation.kind, 'warn')
  assert.match(rotation.advice?.en ?? '', /^Publish the new key before \d{4}-\d\d-\d\d \d\d:\d\d UTC, when it begins to sign, and leave the old one where it is: m\w+\._domainkey\.merpati\.test\. /)
  records = JSON.parse((await demo.cli(['dns', 'records', DOMAIN, '--json'])).stdout) as readonly GivenRecord[]
  assert.equal((await checkOne('dkim-rotation', {})).kind, 'pass')
})
