import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import test from 'node:test'
import { systemClock } from '../../../base/clock.ts'
import { silentLog } from '../../../base/log.ts'
import { SocketWire } from '../../../infra/net/wire.ts'
import { outgoing } from '../../../../test/support/client-dialog.ts'
import { SmtpClient } from './client.ts'
import { DEADLINES } from './limits.ts'
import { Transcript } from './transcript.ts'

const { signal } = new AbortController()
const PEER = { address: '127.0.0.1', port: 25, localAddress: '127.0.0.1', localPort: 0 }
const BLOCK = Buffer.from(`${'x'.repeat(70)}\r\n`.repeat(900))

/** Our client on a real socket, and the server's end of it. The server has greeted, and reads nothing yet. */
async function withSocket(work: (client: SmtpClient, server: Socket) => Promise<void>): Promise<void> {
  const listener = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const accepted = once(listener, 'connection') as Promise<[Socket]>
  const socket = connect((listener.address() as AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
  const [server] = await accepted
  const client = new SmtpClient(SocketWire.plain(socket, { peer: PEER, tls: null, log: silentLog }), {
    flavour: 'smtp', name: 'me.example', deadlines: DEADLINES, transcript: new Transcript(systemClock),
  })
  server.on('error', () => {})
  server.write('220 hi\r\n250-there\r\n250 PIPELINING\r\n')
  assert.equal((await client.greet('none', signal)).kind, 'ready')
  try {
    await work(client, server)
  } finally {
    client.close()
    server.destroy()
    listener.close()
  }
}

/** Reads up to DATA, answering for the first recipient yes and for the second no. */
async function takeEnvelope(server: Socket): Promise<void> {
  let heard = ''
  let answered = false
  server.resume()
  while (!heard.endsWith('DATA\r\n')) {
    heard += ((await once(server, 'data')) as [Buffer])[0].toString()
    // Not before the last RCPT has come: a reply that nobody asked for would be taken for a farewell.
    if (answered || !heard.includes('x@there.example>\r\n')) continue
    answered = true
    server.write('250 Ok\r\n250 Ok\r\n550 No\r\n')
  }
}

/** A message of some blocks, that counts how many were pulled. */
function counted(blocks: number, onBlock: (count: number) => void): ReturnType<typeof outgoing> {
  const message = outgoing({ from: 'ani@me.example', to: ['budi@there.example', 'x@there.example'] })
  async function* open(): AsyncGenerator<Uint8Array> {
    for (let count = 1; count <= blocks; count++) {
      onBlock(count)
      yield BLOCK
    }
  }
  return { ...message, content: { ...message.content, sizeBytes: blocks * BLOCK.length, open } }
}

test('a server that does not read holds the source back, and gets all of it when it reads', async () => {
  await withSocket(async (client, server) => {
    const blocks = 1000 // 64 MB, beyond what the kernel holds for us.
    let pulled = 0
    const sending = client.send(counted(blocks, (count) => (pulled = count)), signal)
    await takeEnvelope(server)
    server.pause()
    server.write('354 Go on\r\n')
    let before = -1
    while (pulled === 0 || pulled !== before) {
      before = pulled
      for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    assert.ok(pulled < blocks, `${pulled} of ${blocks} blocks were pulled while nobody read`)
    let received = 0
    let last = ''
    server.on('data', (bytes: Buffer) => {
      received += bytes.length
      last = (last + bytes.subarray(-5).toString()).slice(-5)
      if (last === '\r\n.\r\n') server.write('250 2.0.0 Kept\r\n')
    })
    server.resume()
    const { fates } = await sending
    assert.deepEqual(fates.map(({ kind }) => kind), ['delivered', 'permanent'])
    assert.equal(received, blocks * BLOCK.length + 3)
  })
})

test('a server that refuses in the middle of the content is heard', async () => {
  await withSocket(async (client, server) => {
    const sending = client.send(counted(1000, () => {}), signal)
    await takeEnvelope(server)
    server.write('354 Go on\r\n')
    await once(server, 'data')
    server.write('552 5.3.4 Too much\r\n')
    const { fates, connection } = await sending
    assert.partialDeepStrictEqual(fates[0], { kind: 'permanent', stage: 'content', cause: { by: 'reply', reply: { code: 552 } } })
    assert.equal(connection, 'closed')
  })
})
