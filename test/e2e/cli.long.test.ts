import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { demoConfig } from '../../src/app/config/demo.ts'
import { openForTool } from '../../src/app/database.ts'
import type { Domain, OrganizationId } from '../../src/base/brand.ts'
import { addAddress } from '../../src/core/route/sql.ts'
import { onPostgres } from '../support/database.ts'
import { ImapClient } from '../support/imap-client.ts'
import { type Demo, runCli, startDemo } from '../support/server.ts'
import { SmtpClient } from '../support/smtp-client.ts'

let shared: Demo
before(async () => (shared = await startDemo()))
after(() => shared[Symbol.asyncDispose]())

test('organizations, domains, accounts and aliases are made, listed and removed beside a running server', async () => {
  await using demo = await startDemo()
  const ok = async (args: readonly string[], input?: string): Promise<unknown> => {
    const { code, stdout, stderr } = await demo.cli([...args, '--json'], input)
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`)
    return JSON.parse(stdout)
  }
  const refused = async (args: readonly string[], input?: string): Promise<string> => {
    const { code, stderr } = await demo.cli(args, input)
    assert.equal(code, 1, args.join(' '))
    return stderr
  }
  await ok(['organization', 'add', 'Toko'])
  assert.match(await refused(['organization', 'add', 'Toko']), /an organization is named Toko already/)
  assert.match(await refused(['domain', 'list']), /several organizations: say which with --organization/)
  await ok(['domain', 'add', 'toko.test', '--organization', 'Toko'])
  await ok(['account', 'add', 'citra@toko.test', '--organization', 'Toko', '--quota', '5'], 'rahasia sekali\n')
  assert.match(await refused(['account', 'add', 'citra@toko.test', '--organization', 'Toko'], 'x\n'), /citra@toko\.test is taken/)
  assert.match(await refused(['account', 'add', 'x@else.test', '--organization', 'Toko'], 'x\n'), /we do not receive for else\.test/)
  await ok(['alias', 'add', 'info@toko.test', 'citra@toko.test', 'ani@merpati.test', '--organization', 'Toko'])
  await ok(['alias', 'add', '@toko.test', 'citra@toko.test', '--organization', 'Toko'])
  assert.deepEqual(await ok(['alias', 'list', '--organization', 'Toko']), [
    { address: '@toko.test', targets: ['citra@toko.test'] },
    { address: 'info@toko.test', targets: ['citra@toko.test', 'ani@merpati.test'] },
  ])
  const [account] = (await ok(['account', 'list', '--organization', 'Toko'])) as { login: string; quota_bytes: number }[]
  assert.deepEqual([account?.login, account?.quota_bytes], ['citra@toko.test', 5 * 1024 * 1024])
  assert.match(await refused(['domain', 'remove', 'toko.test', '--organization', 'Toko']), /still has addresses/)
  await ok(['alias', 'remove', '@toko.test'])
  assert.match(await refused(['alias', 'remove', '@toko.test']), /there is no alias/)
})

test('a trace tells the story of a message by its id, an address and its Message-ID', async () => {
  const byAddress = await shared.cli(['trace', 'kabar@kopi.test', '--json'])
  const [event] = JSON.parse(byAddress.stdout) as { type: string; message: string; data: { recipients: { address: string; outcome: string }[] } }[]
  assert.equal(event?.type, 'mail.arrived')
  assert.deepEqual(event?.data.recipients.map(({ address, outcome }) => [address, outcome]), [['ani@merpati.test', 'delivered']])
  const byId = await shared.cli(['trace', event?.message ?? ''])
  assert.match(byId.stdout, /mail\.arrived/)
  assert.match(byId.stdout, /reply +250 2\.0\.0 Ok/)
  const nothing = await shared.cli(['trace', 'nobody@nowhere.test'])
  assert.deepEqual([nothing.code, nothing.stderr], [1, 'merpati: nothing is known of nobody@nowhere.test\n'])
})

test('an account is removed with its mail when that is confirmed, then its domain and its organization', async () => {
  await using demo = await startDemo()
  const done = async (args: readonly string[], input?: string): Promise<Record<string, unknown>> => {
    const { code, stdout, stderr } = await demo.cli([...args, '--json'], input)
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`)
    return JSON.parse(stdout) as Record<string, unknown>
  }
  const refused = async (args: readonly string[], exit: number, why: RegExp): Promise<void> => {
    const { code, stderr } = await demo.cli(args)
    assert.match(stderr, why)
    assert.equal(code, exit, args.join(' '))
  }
  await done(['organization', 'add', 'Toko'])
  assert.equal((await done(['organization', 'set', 'Toko', '--name', 'Warung', '--locale', 'id']))['locale'], 'id')
  await refused(['organization', 'set', 'Warung', '--locale', 'xx'], 2, /Allowed choices are en, id/)
  await refused(['organization', 'set', 'Warung', '--name', 'Merpati demo'], 1, /an organization is named Merpati demo already/)
  await done(['domain', 'add', 'toko.test', '--organization', 'Warung'])
  assert.equal((await done(['domain', 'set', 'toko.test', '--subaddress', '-']))['subaddress'], '-')
  await refused(['domain', 'set', 'else.test', '--subaddress', '-'], 1, /we do not receive for else\.test/)
  await done(['account', 'add', 'citra@toko.test', '--organization', 'Warung'], 'rahasia sekali\n')
  assert.equal((await done(['account', 'set', 'citra@toko.test', '--name', 'Citra']))['name'], 'Citra')
  assert.equal((await done(['account', 'role', 'citra@toko.test', '--set', 'admin']))['role'], 'admin')
  await refused(['account', 'set', 'nobody@toko.test'], 1, /there is no account nobody@toko\.test/)
  const made = await done(['account', 'app-password', 'add', 'citra@toko.test', '--name', 'phone'])
  using imap = await ImapClient.login({ port: demo.ports.imap }, 'citra@toko.test', String(made['password']))
  for (let i = 0; i < 3; i++) assert.equal((await imap.withLiteral('APPEND INBOX', `Subject: ${i}\r\n\r\n${'x'.repeat(i * 30_000)}\r\n`)).status, 'OK')
  await done(['account', 'app-password', 'remove', 'citra@toko.test', String(made['id'])])
  await refused(['account', 'app-password', 'remove', 'citra@toko.test', String(made['id'])], 1, /has no app password/)
  await refused(['organization', 'remove', 'Warung', '--yes'], 1, /still has domains or accounts/)
  await refused(['account', 'remove', 'citra@toko.test'], 2, /removes citra@toko\.test with its 3 messages, for good.*nothing was done: say it again with --yes/)
  assert.equal((await done(['account', 'remove', 'citra@toko.test', '--yes']))['messages'], 3)
  using smtp = await SmtpClient.open({ port: demo.ports.smtp })
  await smtp.command('EHLO client.example')
  await smtp.command('MAIL FROM:<x@source.example>')
  assert.match((await smtp.command('RCPT TO:<citra@toko.test>')).text, /^550 5\.1\.1 /)
  await done(['domain', 'remove', 'toko.test', '--organization', 'Warung'])
  await refused(['organization', 'remove', 'Warung'], 2, /--yes/)
  await done(['organization', 'remove', 'Warung', '--yes'])
  const verified = await demo.cli(['verify'])
  assert.equal(verified.code, 0, verified.stdout)
})

test('a suspended domain makes its senders wait, within a second and without a restart; postmaster is still heard', async () => {
  const asked = async (address: string): Promise<string> => {
    using smtp = await SmtpClient.open({ port: shared.ports.smtp })
    await smtp.command('EHLO client.example')
    await smtp.command('MAIL FROM:<x@source.example>')
    return (await smtp.command(`RCPT TO:<${address}>`)).text
  }
  /** Asks until the answer is of that kind: each worker believes for a second what it has just read. */
  const becomes = async (address: string, wanted: RegExp): Promise<void> => {
    let answer = await asked(address)
    for (const deadline = Date.now() + 30_000; !wanted.test(answer) && Date.now() < deadline; ) answer = await asked(address)
    assert.match(answer, wanted)
  }
  assert.match(await asked('ani@merpati.test'), /^250 /)
  const suspended = await shared.cli(['domain', 'suspend', 'MERPATI.test', '--json'])
  assert.deepEqual(JSON.parse(suspended.stdout), { name: 'merpati.test', state: 'suspended' })
  await becomes('ani@merpati.test', /^450 4\.2\.1 Mail to merpati\.test has to wait: the domain is suspended/)
  await becomes('ani+news@merpati.test', /^450 4\.2\.1 /)
  assert.match(await asked('nobody@merpati.test'), /^550 5\.1\.1 /)
  for (const address of ['postmaster@merpati.test', 'Abuse@merpati.test', 'postmaster']) assert.match(await asked(address), /^250 /, address)
  const shown = JSON.parse((await shared.cli(['domain', 'show', 'merpati.test', '--json'])).stdout) as { state: string; subaddress: string }
  assert.deepEqual([shown.state, shown.subaddress], ['suspended', '+'])
  assert.equal((await shared.cli(['domain', 'resume', 'merpati.test'])).stdout, 'domain merpati.test active\n')
  await becomes('ani@merpati.test', /^250 /)
  const elsewhere = await shared.cli(['domain', 'suspend', 'else.test'])
  assert.deepEqual([elsewhere.code, elsewhere.stderr], [1, 'merpati: we do not receive for else.test\n'])
})

test('one organization, domain, account or alias is shown as an object, and an alias can lead elsewhere', async () => {
  await using demo = await startDemo()
  const one = async (args: readonly string[]): Promise<Record<string, unknown>> => {
    const { code, stdout, stderr } = await demo.cli([...args, '--json'])
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`)
    return JSON.parse(stdout) as Record<string, unknown>
  }
  const organization = await one(['organization', 'show', 'Merpati demo'])
  assert.deepEqual([organization['name'], organization['state']], ['Merpati demo', 'active'])
  const domain = await one(['domain', 'show', 'merpati.test'])
  assert.deepEqual([domain['name'], domain['organization'], domain['aliasOf']], ['merpati.test', organization['id'], null])
  assert.equal((await one(['account', 'show', 'Ani@merpati.test']))['login'], 'ani@merpati.test')
  await one(['alias', 'add', 'Team@merpati.test', 'ani@merpati.test'])
  await one(['alias', 'set', 'team@merpati.test', 'budi@merpati.test', 'Far@FAR.example'])
  const alias = { address: 'team@merpati.test', targets: ['budi@merpati.test', 'Far@far.example'], organization: organization['id'] }
  assert.deepEqual(await one(['alias', 'show', 'TEAM@merpati.test']), alias)
  await one(['alias', 'add', '@merpati.test', 'ani@merpati.test'])
  assert.equal((await one(['alias', 'show', '@merpati.test']))['address'], '@merpati.test')
  const table = await demo.cli(['alias', 'show', 'team@merpati.test'])
  assert.match(table.stdout, /^ADDRESS +TARGETS +ORGANIZATION\nteam@merpati\.test +budi@merpati\.test Far@far\.example +\S+\n$/)
  for (const [args, exit, why] of [
    [['organization', 'show', 'Nobody'], 1, 'there is no organization named Nobody'],
    [['domain', 'show', 'else.test'], 1, 'we do not receive for else.test'],
    [['domain', 'show', 'no domain'], 2, 'no domain is no domain name'],
    [['alias', 'show', 'ani@merpati.test'], 1, 'there is no alias ani@merpati.test'],
    [['alias', 'set', 'ani@merpati.test', 'x@far.example'], 1, 'there is no alias ani@merpati.test'],
    [['alias', 'set', 'team@merpati.test', 'no address'], 2, 'no address is no address'],
  ] as const) {
    const { code, stdout, stderr } = await demo.cli(args)
    assert.deepEqual([code, stdout, stderr], [exit, '', `merpati: ${why}\n`])
  }
})

test('lists do not stop at the pages that the store gives: all is printed, or what is left is said', async () => {
  const config = demoConfig(shared.env)
  const organization = JSON.parse((await shared.cli(['organization', 'show', 'Merpati demo', '--json'])).stdout) as { id: OrganizationId }
  {
    await using db = await openForTool(config.ok ? config.value : assert.fail(config.error))
    const domain = 'merpati.test' as Domain
    const place = { domain, organization: organization.id, account: null, nowMs: 1 }
    for (let i = 0; i < 1_001; i++) await db.write(addAddress, { ...place, local: `list${i}`, targets: ['out@far.example'] })
    await db.write(addAddress, { ...place, local: 'out', targets: ['a@far.example', 'b@far.example', 'c@far.example'] })
  }
  const aliases = JSON.parse((await shared.cli(['alias', 'list', '--json'])).stdout) as { address: string }[]
  assert.equal(new Set(aliases.map(({ address }) => address)).size, 1_002)
  using smtp = await SmtpClient.open({ port: shared.ports.smtp })
  await smtp.command('EHLO client.example')
  assert.equal((await smtp.send({ from: 'x@source.example', to: ['out@merpati.test'], data: 'Subject: x\r\n\r\nx\r\n' })).code, 250)
  const queue = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await shared.cli(['queue', 'list', '--json', ...args])
    assert.equal(code, 0, stderr)
    return { rows: JSON.parse(stdout) as { id: string; to: string }[], stderr }
  }
  const all = await queue()
  assert.equal(all.stderr, '')
  const count = all.rows.length
  assert.ok(count >= 3)
  const first = await queue('--limit', '2')
  assert.deepEqual(first.rows, all.rows.slice(0, 2))
  assert.equal(first.stderr, `merpati: there are more: --after ${first.rows[1]?.id} goes on\n`)
  assert.deepEqual(await queue('--after', first.rows[1]?.id ?? '', '--limit', String(count - 2)), { rows: all.rows.slice(2), stderr: '' })
  const wrong = await shared.cli(['queue', 'list', '--limit', '0'])
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /want a whole number from 1 on/)
})

if (onPostgres) test('a PostgreSQL without that database, or without us as a user, is named in one line, with exit code 2', noSuchDatabase)

async function noSuchDatabase(): Promise<void> {
  const server = process.env['MERPATI_TEST_POSTGRES_URL'] ?? ''
  const said = async (change: (url: URL) => void): Promise<string> => {
    const url = new URL(server)
    change(url)
    const { code, stderr } = await runCli(['account', 'list'], { ...process.env, MERPATI_DATABASE_URL: url.href })
    assert.equal(code, 2, stderr)
    return stderr
  }
  assert.equal(await said((url) => (url.pathname = '/none_such')), 'merpati: PostgreSQL refused us: database "none_such" does not exist\n')
  assert.match(await said((url) => (url.username = 'stranger')), /^merpati: PostgreSQL refused us: .*"stranger".*\n$/)
  assert.match(await said((url) => (url.port = '1')), /^merpati: PostgreSQL does not answer: .*\n$/)
}
