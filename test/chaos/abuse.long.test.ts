import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { ImapClient } from '../support/imap-client.ts'
import { Disconnected, LineSocket } from '../support/line-socket.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { SmtpClient } from '../support/smtp-client.ts'
import { growsLittle } from './memory.ts'

const BUDI = 'budi@merpati.test'
const PASSWORD = 'merpati'
const GIGABYTE = 1024 ** 3

let demo: Demo
before(async () => {
  demo = await startDemo()
  await delivers('warm-up') // Code that is compiled at first use is no growth.
  using imap = await ImapClient.login({ port: demo.ports.imap }, BUDI, PASSWORD)
  await imap.ok('SELECT INBOX')
})
after(() => demo[Symbol.asyncDispose]())

/** The service goes on: one message goes in and is found. */
async function delivers(name: string): Promise<void> {
  using client = await SmtpClient.open({ port: demo.ports.smtp })
  await client.command('EHLO client.example')
  const reply = await client.send({ from: 'x@source.example', to: [BUDI], data: `Subject: ${name}\r\n\r\nHalo.\r\n` })
  assert.equal(reply.code, 250, reply.text)
  using imap = await ImapClient.login({ port: demo.ports.imap }, BUDI, PASSWORD)
  await imap.ok('EXAMINE INBOX')
  const { untagged } = await imap.ok(`SEARCH SUBJECT "${name}"`)
  assert.ok(untagged.some(({ text }) => /^\* SEARCH \d+/.test(text)), `${name} was delivered`)
}

async function greeted(port = demo.ports.smtp): Promise<SmtpClient> {
  const client = await SmtpClient.open({ port })
  await client.command('EHLO client.example')
  return client
}

/** MAIL, RCPT and DATA; what comes next is the message. */
async function beginData(client: SmtpClient): Promise<void> {
  for (const line of ['MAIL FROM:<x@source.example>', `RCPT TO:<${BUDI}>`, 'DATA']) assert.ok((await client.command(line)).code < 400)
}

test('2,000 idle connections cost little, and mail still flows', async () => {
  await growsLittle(demo, async () => {
    const idle: LineSocket[] = []
    try {
      const ports = [demo.ports.smtp, demo.ports.imap, demo.ports.pop3, demo.ports.submission]
      for (let count = 0; count < 2_000; count++) {
        const socket = await LineSocket.open({ port: ports[count % ports.length] as number })
        idle.push(socket)
        assert.match(await socket.line(), /^(220|\* OK|\+OK) /)
      }
      await delivers('beside idle connections')
    } finally {
      for (const socket of idle) socket[Symbol.dispose]()
    }
  })
})

test('clients that say a byte at a time hold nobody up', async () => {
  await growsLittle(demo, async () => {
    const slow = await Promise.all(Array.from({ length: 100 }, () => greeted()))
    try {
      await Promise.all(slow.map(beginData))
      for (const [index, byte] of [...'Subject: slow\r\n\r\n'].entries()) {
        await Promise.all(slow.map((client) => client.wire.write(byte)))
        if (index === 5) await delivers('beside slow clients')
      }
      await Promise.all(slow.map(async (client) => {
        await client.wire.write('.\r\n')
        assert.equal((await client.reply()).code, 250)
      }))
    } finally {
      for (const client of slow) client[Symbol.dispose]()
    }
  })
})

test('1,000 bad commands are answered until the server hangs up, saying why', async () => {
  await growsLittle(demo, async () => {
    using smtp = await greeted()
    await smtp.wire.write('XYZZY\r\n'.repeat(1_000))
    const said = await restOf(smtp.wire)
    assert.match(said, /^500 5\.5\.1 /)
    assert.match(said, /\r\n421 4\.\d\.\d [^\r\n]+\r\n$/)
    using imap = await LineSocket.open({ port: demo.ports.imap })
    await imap.line()
    await imap.write('a XYZZY\r\n'.repeat(1_000))
    const answers = await restOf(imap)
    assert.match(answers, /^a BAD /)
    assert.match(answers, /\* BYE [^\r\n]+\r\n/)
  })
  await delivers('after bad commands')
})

test('a literal of 1 GB is refused before it is sent, in IMAP before and after login', async () => {
  await growsLittle(demo, async () => {
    using stranger = await ImapClient.open({ port: demo.ports.imap })
    const early = await stranger.run(`LOGIN {${GIGABYTE}}`)
    assert.notEqual(early.status, 'OK')
    using client = await ImapClient.login({ port: demo.ports.imap }, BUDI, PASSWORD)
    const append = await client.run(`APPEND INBOX {${GIGABYTE}}`)
    assert.equal(append.status, 'NO')
    assert.match(append.text, /TOOBIG|LIMIT/)
    await client.ok('NOOP')
  })
})

test('a message of 1 GB is refused where it is announced: SIZE, BDAT and the non-synchronizing literal', async () => {
  await growsLittle(demo, async () => {
    using sized = await greeted()
    assert.match((await sized.command(`MAIL FROM:<x@source.example> SIZE=${GIGABYTE}`)).text, /^552 5\.3\.4 /)
    using chunked = await greeted()
    for (const line of ['MAIL FROM:<x@source.example>', `RCPT TO:<${BUDI}>`]) await chunked.command(line)
    await chunked.wire.write(`BDAT ${GIGABYTE} LAST\r\n`)
    await pour(chunked.wire, 'x'.repeat(65_536), 2_000)
    assert.match(await restOf(chunked.wire), /^(552 5\.3\.4|421 )/)
    using imap = await ImapClient.login({ port: demo.ports.imap }, BUDI, PASSWORD)
    await imap.wire.write(`x APPEND INBOX {${GIGABYTE}+}\r\n`)
    await pour(imap.wire, 'x'.repeat(65_536), 2_000)
    assert.match(await restOf(imap.wire), /TOOBIG|BYE|BAD/)
  })
  await delivers('after a gigabyte')
})

test('MIME nested 10,000 deep is taken or refused in words, and read back without harm', async () => {
  await growsLittle(demo, async () => {
    using client = await greeted()
    let body = 'Subject: deep\r\nMIME-Version: 1.0\r\n'
    for (let depth = 0; depth < 10_000; depth++) body += `Content-Type: multipart/mixed; boundary="b${depth}"\r\n\r\n--b${depth}\r\n`
    const reply = await client.send({ from: 'x@source.example', to: [BUDI], data: `${body}\r\nend\r\n` })
    assert.match(reply.text, /^(250|55\d) /)
    using imap = await ImapClient.login({ port: demo.ports.imap }, BUDI, PASSWORD)
    await imap.ok('EXAMINE INBOX')
    await imap.ok('FETCH * (ENVELOPE BODYSTRUCTURE BODY.PEEK[])')
  })
})

test('a header of 100 MB is refused in mid-stream or at its end, saying that it is too large', async () => {
  await growsLittle(demo, async () => {
    using client = await greeted()
    await beginData(client)
    await pour(client.wire, `X-Long: ${'y'.repeat(900)}\r\n`.repeat(72), 1_600)
    await client.wire.write('\r\nbody\r\n.\r\n').catch(() => {})
    assert.match(await client.reply().then(({ text }) => text), /^55[24] 5\.\d\.\d /)
  })
  await delivers('after a long header')
})

/** Sends and sends, until the server says something: what it says would be lost with the connection if nobody listened. */
async function pour(wire: LineSocket, text: string, times: number): Promise<void> {
  const bytes = Buffer.from(text)
  for (let count = 0; count < times && !wire.isOver && !wire.hasHeard; count++) {
    await wire.write(bytes)
    await setImmediate()
  }
}

/** Everything the server still says, to its end. */
async function restOf(wire: LineSocket): Promise<string> {
  let said = ''
  try {
    for (;;) said += (await wire.some()).toString('latin1')
  } catch (error) {
    if (!(error instanceof Disconnected)) throw error
    return said
  }
}
