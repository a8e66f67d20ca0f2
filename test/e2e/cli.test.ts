import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onPostgres } from '../support/database.ts'
import { ImapClient } from '../support/imap-client.ts'
import { runCli, startDemo } from '../support/server.ts'
import { SmtpClient } from '../support/smtp-client.ts'

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
  await using demo = await startDemo()
  const byAddress = await demo.cli(['trace', 'kabar@kopi.test', '--json'])
  const [event] = JSON.parse(byAddress.stdout) as { type: string; message: string; data: { recipients: { address: string; outcome: string }[] } }[]
  assert.equal(event?.type, 'mail.arrived')
  assert.deepEqual(event?.data.recipients.map(({ address, outcome }) => [address, outcome]), [['ani@merpati.test', 'delivered']])
  const byId = await demo.cli(['trace', event?.message ?? ''])
  assert.match(byId.stdout, /mail\.arrived/)
  assert.match(byId.stdout, /reply +250 2\.0\.0 Ok/)
  const nothing = await demo.cli(['trace', 'nobody@nowhere.test'])
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
  assert.equal((await done(['account', 'set', 'citra@toko.test', '--role', 'admin', '--name', 'Citra']))['role'], 'admin')
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
