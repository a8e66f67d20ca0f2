import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { after, before, test } from 'node:test'
import { demoConfig } from '../../src/app/config/demo.ts'
import { openForTool } from '../../src/app/database.ts'
import type { Domain } from '../../src/base/brand.ts'
import { ok } from '../../src/base/result.ts'
import { createDomain } from '../../src/core/domain/sql.ts'
import { organizationNamed } from '../../src/core/organization/sql.ts'
import { until } from '../../bench/tool/wait.ts'
import { type ApiAnswer, type ApiAsk, askApi, makeApiKey } from '../support/api.ts'
import { type DnsTestServer, startDns } from '../support/dns/server.ts'
import { zone } from '../support/dns/zone.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { SmtpClient } from '../support/smtp-client.ts'

let dns: DnsTestServer
let demo: Demo
let key = ''
before(async () => {
  dns = await startDns([zone('merpati.test', { '@': { MX: ['10 mx'], TXT: ['v=spf1 a:mx.merpati.test -all'] }, mx: { A: ['127.0.0.1'] } })])
  demo = await startDemo({ flags: ['--resolver', `127.0.0.1:${dns.port}`] })
  key = await makeKey('--live', '--scope', 'read', 'admin')
})
after(async () => {
  await demo[Symbol.asyncDispose]()
  await dns[Symbol.asyncDispose]()
})

const ask = (path: string, asked: ApiAsk = {}): Promise<ApiAnswer> => askApi(demo, path, { key, ...asked })

/** Asks over one connection, so that one thread answers: each remembers for itself. */
async function askOver(agent: Agent, path: string, own: string = key): Promise<ApiAnswer> {
  const [response] = (await once(get({ host: '127.0.0.1', port: demo.ports.http, path, agent, headers: { authorization: `Bearer ${own}` } }), 'response')) as [IncomingMessage]
  const text = (await response.toArray()).map(String).join('')
  return { status: response.statusCode ?? 0, headers: new Headers(Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)])), body: JSON.parse(text) as Record<string, unknown> }
}

/** Makes domains without keys of their own, which would take the time of the test. */
async function hosted(names: readonly string[], organization: string): Promise<void> {
  const config = demoConfig(demo.env)
  await using db = await openForTool(config.ok ? config.value : assert.fail(config.error))
  const owner = await organizationNamed(db, organization)
  for (const name of names as readonly Domain[]) assert.deepEqual(await db.write(createDomain, { id: `d-${name}`, name, organization: owner?.id ?? assert.fail(organization), subaddress: '+', aliasOf: null, nowMs: 1 }), ok(name))
}

const makeKey = (...args: readonly string[]): Promise<string> => makeApiKey(demo, ...args)

test('domains are listed by page, and shown by id and by name', async () => {
  for (const name of ['a.test', 'b.test', 'z.test']) assert.equal((await demo.cli(['domain', 'add', name])).code, 0)
  const names: unknown[] = []
  let path = '/v1/domains?limit=3'
  for (let page = await ask(path); ; page = await ask(path)) {
    names.push(...(page.body['data'] as readonly { readonly name: string }[]).map(({ name }) => name))
    if (page.body['has_more'] === false) break
    path = `/v1/domains?limit=3&cursor=${String(page.body['next_cursor'])}`
  }
  assert.deepEqual(names, ['a.test', 'b.test', 'merpati.test', 'z.test'])
  const byName = await ask('/v1/domains/merpati.test')
  assert.deepEqual([byName.body['mta_sts'], byName.body['state'], byName.body['alias_of'], byName.body['subaddress']], ['testing', 'active', null, '+'])
  assert.deepEqual((await ask(`/v1/domains/${String(byName.body['id'])}`)).body, byName.body)
})

test('the records and the findings of a domain are told, and told again for a minute without asking anybody', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const first = await askOver(agent, '/v1/domains/merpati.test/dns')
  assert.deepEqual([first.status, first.body['domain'], first.body['status'], first.body['bulk_held']], [200, 'merpati.test', 'fail', null])
  const findings = first.body['findings'] as readonly { readonly id: string; readonly status: string; readonly advice: unknown; readonly records: readonly { readonly line: string }[] }[]
  const statusOf = (id: string): string | undefined => findings.find((finding) => finding.id === id)?.status
  assert.deepEqual([statusOf('mx'), statusOf('spf'), statusOf('dmarc'), statusOf('dnssec')], ['pass', 'pass', 'fail', 'unknown'])
  assert.match(findings.find(({ id }) => id === 'dmarc')?.records[0]?.line ?? '', /^_dmarc\.merpati\.test\. 3600 IN TXT "v=DMARC1; /)
  const lines = (first.body['records'] as readonly { readonly line: string }[]).map(({ line }) => line)
  assert.ok(lines.includes('merpati.test. 3600 IN MX 10 mx.merpati.test.'))
  assert.doesNotMatch(JSON.stringify(first.body), /PRIVATE|private_key|privateKey/)
  const asked = dns.count()
  assert.deepEqual((await askOver(agent, '/v1/domains/merpati.test/dns')).body, first.body)
  assert.equal(dns.count(), asked)
  agent.destroy()
})

test('a parked domain is told to say that it has no mail, takes none and writes none, until it is resumed', async () => {
  assert.equal((await demo.cli(['domain', 'add', 'parkir.test'])).code, 0)
  const writer = await makeKey('--live', '--scope', 'send')
  const state = async (to: string) => (await ask('/v1/domains/parkir.test', { method: 'PATCH', json: { state: to } })).body['state']
  const rcpt = async (): Promise<string> => {
    using client = await SmtpClient.open({ port: demo.ports.smtp })
    await client.command('EHLO client.example')
    await client.command('MAIL FROM:<>')
    return (await client.command('RCPT TO:<postmaster@parkir.test>')).text
  }
  assert.match(await rcpt(), /^250 /)
  assert.equal(await state('parked'), 'parked')
  const { body } = await ask('/v1/domains/parkir.test/dns')
  assert.deepEqual((body['findings'] as readonly { readonly id: string }[]).map(({ id }) => id), ['parked', 'dnssec', 'lists'])
  const lines = (body['records'] as readonly { readonly line: string }[]).map(({ line }) => line)
  assert.deepEqual(lines, ['parkir.test. 3600 IN MX 0 .', 'parkir.test. 3600 IN TXT "v=spf1 -all"', '_dmarc.parkir.test. 3600 IN TXT "v=DMARC1; p=reject; sp=reject; np=reject"', '*._domainkey.parkir.test. 3600 IN TXT "v=DKIM1; p="'])
  await until('mail is refused', async () => (await rcpt()).startsWith('556 5.1.10 parkir.test has no mail'), 30_000)
  await until('nobody writes in its name', async () => {
    const sent = await ask('/v1/emails', { key: writer, json: { from: 'x@parkir.test', to: 'ani@merpati.test', subject: 'x', text: 'x' } })
    return JSON.stringify(sent.body).includes('parked_domain')
  }, 30_000)
  assert.match((await demo.cli(['domain', 'resume', 'parkir.test'])).stdout, /active/)
  await until('mail is taken again', async () => (await rcpt()).startsWith('250 '), 30_000)
})

test('the mode of the policy is changed by a live key, and the record follows', async () => {
  const idOf = async (): Promise<string> => /id=(\w+)/.exec(JSON.stringify((await ask('/v1/domains/z.test/dns')).body['records']))?.[1] ?? ''
  const before = await idOf()
  assert.equal((await ask('/v1/domains/z.test', { method: 'PATCH', json: { mta_sts: 'enforce' } })).body['mta_sts'], 'enforce')
  assert.notEqual(await idOf(), before)
  const faults: readonly (readonly [json: unknown, detail: RegExp])[] = [[{}, /say what to change/], [{ mta_sts: 'yes' }, /^mta_sts: /], [{ nam: 'x' }, /^nam: there is no such field/], [{ subaddress: 'x' }, /^subaddress: /]]
  for (const [json, detail] of faults) {
    const { status, body } = await ask('/v1/domains/z.test', { method: 'PATCH', json })
    assert.equal(status, 422)
    assert.match(String(body['detail']), detail)
  }
  assert.equal((await ask('/v1/domains/z.test', { method: 'PATCH', json: { mta_sts: 'none' }, key: await makeKey('--live', '--scope', 'read') })).status, 403)
})

test('an organization sees and changes nothing of another', async () => {
  assert.equal((await demo.cli(['organization', 'add', 'Tetangga'])).code, 0)
  const other = await makeKey('--organization', 'Tetangga', '--live', '--scope', 'read', 'admin')
  const { body } = await ask('/v1/domains/merpati.test')
  assert.deepEqual((await ask('/v1/domains', { key: other })).body['data'], [])
  for (const id of ['merpati.test', String(body['id']), 'none.test', 'd-none', '__proto__']) {
    assert.equal((await ask(`/v1/domains/${id}`, { key: other })).status, 404)
    assert.equal((await ask(`/v1/domains/${id}/dns`, { key: other })).status, 404)
    assert.equal((await ask(`/v1/domains/${id}`, { key: other, method: 'PATCH', json: { mta_sts: 'none' } })).status, 404)
  }
  assert.equal((await ask('/v1/domains/merpati.test')).body['mta_sts'], 'testing')
})

test('who asks for too many checks is told when to come back', async () => {
  const names = Array.from({ length: 21 }, (_, number) => `n${number}.test`)
  const owner = await makeKey('--organization', 'Tetangga', '--live', '--scope', 'read')
  await hosted(names, 'Tetangga')
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const answers: ApiAnswer[] = []
  for (const name of names) answers.push(await askOver(agent, `/v1/domains/${name}/dns`, owner))
  agent.destroy()
  const later = answers.pop()
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  assert.equal(later?.status, 429)
  assert.equal(later?.body['code'], 'rate_limit_exceeded')
  assert.match(later?.headers.get('retry-after') ?? '', /^[1-9]\d?$/)
})

test('a claimed domain is pending until DNS proves it; nothing is sent in its name before, and nobody else gets it after', async () => {
  const claimed = await ask('/v1/domains', { json: { name: 'toko.test' } })
  const proof = claimed.body['proof'] as { readonly name: string; readonly value: string; readonly found: string }
  assert.deepEqual([claimed.status, claimed.body['state'], proof.name, proof.found], [202, 'pending', '_merpati.toko.test', `publish the TXT record _merpati.toko.test "${proof.value}"`])
  assert.equal((await ask('/v1/domains/toko.test')).body['state'], 'pending')
  assert.ok(((await ask('/v1/domains')).body['data'] as readonly { readonly name: string; readonly state: string }[]).some(({ name, state }) => name === 'toko.test' && state === 'pending'))
  assert.equal(((await ask('/v1/domains/toko.test/keys')).body['data'] as readonly unknown[]).length, 2)
  const send = await makeKey('--live', '--scope', 'send', '--organization', 'Merpati demo')
  const email = { json: { from: 'ani@toko.test', to: 'budi@luar.test', subject: 'Halo', text: 'Halo' }, key: send }
  const refused = await ask('/v1/emails', email)
  assert.deepEqual([refused.status, (refused.body['errors'] as readonly { readonly code: string }[])[0]?.code], [422, 'unverified_domain'])
  assert.match((await demo.cli(['domain', 'claims', '--organization', 'Merpati demo'])).stdout, /^toko\.test +pending +_merpati\.toko\.test +merpati-claim=/m)
  dns.serve([zone('toko.test', { _merpati: { TXT: ['something else', proof.value] } })])
  const verified = await ask('/v1/domains/toko.test/verify', { method: 'POST' })
  assert.deepEqual([verified.status, verified.body['state'], verified.body['proof'], verified.body['id']], [200, 'active', null, claimed.body['id']])
  assert.equal((await ask('/v1/emails', email)).status, 202)
  const other = await makeKey('--live', '--scope', 'read', 'admin', '--organization', 'Tetangga')
  assert.equal((await ask('/v1/domains', { json: { name: 'toko.test' }, key: other })).status, 409)
  assert.equal((await ask('/v1/domains/toko.test', { key: other })).status, 404)
  assert.equal((await ask('/v1/domains', { json: { name: 'warung.test' }, key: other })).status, 202)
  assert.equal((await ask('/v1/domains/warung.test', { method: 'DELETE' })).status, 404)
  assert.equal((await ask('/v1/domains/warung.test', { method: 'DELETE', key: other })).status, 200)
})
