import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ImapClient } from '../support/imap-client.ts'
import { Disconnected, LineSocket } from '../support/line-socket.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { SmtpClient } from '../support/smtp-client.ts'

const MESSAGE = { from: 'x@source.example', to: ['budi@merpati.test'], data: 'From: x@source.example\r\nSubject: threads\r\n\r\nHalo.\r\n' }

/** Waits until the peer has closed; gives the last line it said. */
async function lastLine(socket: LineSocket): Promise<string> {
  for (let last = ''; ; ) {
    try {
      last = await socket.line()
    } catch (error) {
      if (error instanceof Disconnected) return last
      throw error
    }
  }
}

/** Tries again until somebody listens: a dead worker's successor takes a moment. */
async function openWhenThere(demo: Demo): Promise<SmtpClient> {
  for (;;) {
    try {
      return await SmtpClient.open({ port: demo.ports.smtp })
    } catch (error) {
      if (!(error instanceof Disconnected)) throw error
    }
  }
}

test('a worker that dies takes its connections along and nothing else, and its successor serves', async () => {
  await using demo = await startDemo()
  const sessions = await Promise.all(Array.from({ length: 16 }, () => SmtpClient.open({ port: demo.ports.smtp })))
  for (const session of sessions) assert.equal((await session.command('EHLO client.example')).code, 250)
  demo.child.kill('SIGALRM')
  const codes = new Set<number>()
  let gone = 0
  while (gone === 0) {
    for (const session of sessions) await session.command('NOOP').then(({ code }) => codes.add(code), () => gone++)
  }
  assert.deepEqual([...codes], [250])
  for (const session of sessions) session[Symbol.dispose]()
  for (let sent = 0; sent < 8; sent++) {
    using client = await openWhenThere(demo)
    await client.command('EHLO client.example')
    assert.equal((await client.send(MESSAGE)).code, 250)
  }
  assert.match(demo.output(), /^Ready/m)
  assert.equal(await demo.stop(), 0)
})

test('SIGTERM ends idle sessions in words, completes a message under way, and takes no new connection', async () => {
  await using demo = await startDemo()
  using idleSmtp = await SmtpClient.open({ port: demo.ports.smtp })
  await idleSmtp.command('EHLO client.example')
  using idleImap = await ImapClient.login({ port: demo.ports.imap }, 'budi@merpati.test', 'merpati')
  await idleImap.ok('SELECT INBOX')
  await idleImap.wire.write('i IDLE\r\n')
  assert.match(await idleImap.wire.line(), /^\+ /)
  using pop3 = await LineSocket.open({ port: demo.ports.pop3 })
  assert.match(await pop3.line(), /^\+OK/)
  using sender = await SmtpClient.open({ port: demo.ports.smtp })
  await sender.command('EHLO client.example')
  for (const line of [`MAIL FROM:<${MESSAGE.from}>`, `RCPT TO:<${MESSAGE.to[0]}>`]) assert.equal((await sender.command(line)).code, 250)
  assert.equal((await sender.command('DATA')).code, 354)
  await sender.wire.write('From: x@source.example\r\nSubject: under way\r\n\r\nFirst half,\r\n')

  const stopped = demo.stop()
  assert.match(await lastLine(idleSmtp.wire), /^421 4\.3\.2 /)
  assert.match(await lastLine(idleImap.wire), /^\* BYE |^i /)
  assert.match(await lastLine(pop3), /^-ERR \[SYS\/TEMP\]|^-ERR/)
  await assert.rejects(SmtpClient.open({ port: demo.ports.smtp }), Disconnected)

  await sender.wire.write('second half.\r\n.\r\n')
  assert.equal((await sender.reply()).code, 250)
  assert.equal(await stopped, 0)
  await demo.restart()
  using reader = await ImapClient.login({ port: demo.ports.imap }, 'budi@merpati.test', 'merpati')
  await reader.ok('SELECT INBOX')
  const { untagged } = await reader.ok('UID SEARCH SUBJECT "under way" BODY "second half"')
  assert.match(untagged.map(({ text }) => text).join('\n'), /\* (?:E?SEARCH)[^\n]* \d+/)
})
