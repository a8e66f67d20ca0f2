import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ImapClient } from '../support/imap-client.ts'
import { type MailNetwork, startNetwork } from '../support/mail-network.ts'
import { SmtpClient } from '../support/smtp-client.ts'

const ANI = 'ani@merpati.test'

let network: MailNetwork
before(async () => {
  network = await startNetwork({
    names: { '@': { MX: ['10 mx2'] }, mx2: { A: ['127.0.0.2'] } },
    peers: { 2: { script: (stage) => (stage === 'rcpt' ? '451 4.7.1 Later' : null) } },
    env: { MERPATI_SENDING: 'watched' },
  })
})
after(() => network[Symbol.asyncDispose]())

async function json<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await network.demo.cli([...args, '--json'])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as T
}

interface Shown {
  readonly sending: string
  readonly bulk: boolean
  readonly reasons?: string
  readonly old_passwords?: string
}

const show = (): Promise<Shown> => json<Shown>('account', 'show', ANI)

/** The account, once it is said to be sending, or not. */
async function shownAs(sending: string): Promise<Shown> {
  for (;;) {
    const shown = await show()
    if (shown.sending === sending) return shown
  }
}

/** Once every delivery to strangers is in this state. */
async function allAre(state: string): Promise<number> {
  for (;;) {
    const rows = (await json<readonly { readonly state: string; readonly to: string }[]>('queue', 'list')).filter(({ to }) => to.startsWith('stranger'))
    if (rows.every((row) => row.state === state)) return rows.length
  }
}

async function login(password: string): Promise<number> {
  using client = await SmtpClient.open({ port: network.demo.ports.submissions, tls: true })
  await client.command('EHLO laptop.test')
  return (await client.login(ANI, password)).code
}

async function fromOutside(): Promise<number> {
  using client = await SmtpClient.open({ port: network.demo.ports.smtp })
  await client.command('EHLO mx.far.test')
  return (await client.send({ from: 'cici@far.test', to: [ANI], data: 'From: cici@far.test\r\nSubject: Masih sampai\r\n\r\nHalo\r\n' })).code
}

const strangers = (from: number): readonly string[] => Array.from({ length: 80 }, (_, i) => `stranger${from + i}@far.test`)

test('an account that sends to too many new recipients is contained, still receives, and is released by the command', async () => {
  using reading = await ImapClient.login({ port: network.demo.ports.imaps, tls: true }, ANI, 'merpati')
  await network.submit(strangers(0))
  await network.submit(strangers(80))
  const contained = await shownAs('contained')
  assert.match(contained.reasons ?? '', /^SENDS_TO_MANY_STRANGERS: More than 150 recipients in an hour/)
  assert.equal(contained.old_passwords, 'void')
  await assert.rejects(async () => {
    for (;;) await reading.ok('NOOP')
  })
  assert.equal(await login('merpati'), 535)
  assert.equal(await allAre('held'), 160)
  assert.equal(await fromOutside(), 250)

  await json('account', 'release', ANI, '--restore-passwords')
  await shownAs('yes')
  await allAre('queued')
  await network.submit('budi@merpati.test')
  using again = await ImapClient.login({ port: network.demo.ports.imaps, tls: true }, ANI, 'merpati')
  await again.ok('SELECT INBOX')
  const { untagged } = await again.ok('SEARCH SUBJECT "Masih sampai"')
  assert.match(untagged.map(({ text }) => text).join('\n'), /SEARCH \d+/)
})

test('an operator contains an account, gives it a new password, and lets it send again', async () => {
  using sending = await SmtpClient.open({ port: network.demo.ports.submissions, tls: true })
  await sending.command('EHLO laptop.test')
  await sending.login(ANI, 'merpati')
  await json('account', 'contain', ANI, '--reason', 'its laptop was stolen')
  assert.match((await show()).reasons ?? '', /its laptop was stolen/)
  // Whoever is in already is stopped a second later at the latest. Something slow stands between two tries: a connection begins only so many messages.
  while ((await sending.command(`MAIL FROM:<${ANI}>`)).code !== 450) {
    await sending.command('RSET')
    await show()
  }
  const { code } = await network.demo.cli(['account', 'passwd', ANI], 'kata sandi baru\n')
  assert.equal(code, 0)
  await json('account', 'release', ANI)
  assert.deepEqual([await login('merpati'), await login('kata sandi baru')], [535, 235])
  assert.match((await network.demo.cli(['account', 'release', ANI])).stderr, /is not contained/)
  await json('account', 'bulk', ANI, 'on')
  assert.equal((await show()).bulk, true)
})
