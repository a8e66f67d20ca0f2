import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { LineSocket } from '../support/line-socket.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { SmtpClient } from '../support/smtp-client.ts'

const MESSAGE = 'From: you@example.org\r\nTo: ani@merpati.test\r\nSubject: hello\r\n\r\nHello Ani.\r\n'

interface LogLine {
  readonly event: string
  readonly thread: string
  readonly error?: { readonly message: string }
}

/** What the log says of threads that died. It is written behind; ask when the server has stopped. */
function deathsIn(demo: Demo): readonly LogLine[] {
  const lines = readFileSync(join(demo.dataDir, 'log', 'merpati.log'), 'utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as LogLine).filter(({ event }) => event.startsWith('thread.'))
}

/** Asks until the answer is as wanted: the kernel takes a moment to stop sending connections to a thread that has died. */
async function eventually(ask: () => Promise<boolean>): Promise<void> {
  while (!(await ask().catch(() => false)));
}

async function metric(demo: Demo, line: RegExp): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${demo.ports.http}/metrics`)
  return line.test(await answer.text())
}

test('an exception that nobody catches ends one worker; a new one takes its place, and the rest goes on', async () => {
  await using demo = await startDemo()
  demo.child.kill('SIGALRM') // MERPATI_TEST_HOOKS: docs/operate.md.
  await eventually(() => metric(demo, /^merpati_thread_deaths_total\{thread="worker"\} 1$/m))
  for (let i = 0; i < 20; i++) {
    await eventually(async () => {
      using client = await SmtpClient.open({ port: demo.ports.smtp })
      await client.command('EHLO client.example')
      return (await client.send({ from: 'you@example.org', to: ['ani@merpati.test'], data: MESSAGE })).code === 250
    })
  }
  assert.equal(await demo.stop(), 0)
  const [crash, death] = deathsIn(demo)
  assert.deepEqual([crash?.event, crash?.error?.message], ['thread.crashed', 'a test has asked this thread to crash'])
  assert.deepEqual([death?.event, death?.thread], ['thread.died', 'worker'])
})

test('a stop lets the message under way finish, ends the other sessions, and tells balancers meanwhile', async () => {
  await using demo = await startDemo()
  using sender = await SmtpClient.open({ port: demo.ports.smtp })
  for (const line of ['EHLO client.example', 'MAIL FROM:<you@example.org>', 'RCPT TO:<ani@merpati.test>', 'DATA']) await sender.command(line)
  await sender.wire.write(MESSAGE)
  using idle = await LineSocket.open({ port: demo.ports.imap })
  await idle.line()
  const exit = once(demo.child, 'exit')
  demo.child.kill('SIGTERM')
  assert.match(await idle.line(), /^\* BYE /)
  await assert.rejects(idle.line())
  await assert.rejects(LineSocket.open({ port: demo.ports.smtp }))
  const ready = await fetch(`http://127.0.0.1:${demo.ports.http}/readyz`)
  assert.deepEqual([ready.status, await ready.text()], [503, 'not ready: stopping\n'])
  await sender.wire.write('.\r\n')
  assert.equal((await sender.reply()).code, 250)
  assert.equal((await sender.reply()).code, 421)
  assert.deepEqual(await exit, [0, null])
  await demo.restart()
  const verify = await demo.cli(['verify'])
  assert.equal(verify.code, 0, verify.stdout)
  const trace = await demo.cli(['trace', 'you@example.org', '--json'])
  assert.equal((JSON.parse(trace.stdout) as readonly unknown[]).length, 1)
})

test('the demo answers to its own names only, and not to pages of others', async () => {
  await using demo = await startDemo()
  const ask = async (headers: Readonly<Record<string, string>>): Promise<number> => {
    using socket = await LineSocket.open({ port: demo.ports.http })
    const lines = Object.entries({ host: `127.0.0.1:${demo.ports.http}`, connection: 'close', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
    await socket.write(`GET / HTTP/1.1\r\n${lines.join('')}\r\n`)
    return Number((await socket.line()).split(' ')[1])
  }
  assert.equal(await ask({}), 200)
  assert.equal(await ask({ host: 'merpati.test' }), 200)
  assert.equal(await ask({ host: 'rebound.example' }), 421)
  assert.equal(await ask({ origin: `http://localhost:${demo.ports.http}` }), 200)
  assert.equal(await ask({ origin: 'https://evil.example' }), 403)
  assert.equal(await ask({ origin: 'null' }), 403)
})
