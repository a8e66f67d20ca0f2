import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { memoryClient, outgoing, type WrittenMessage } from '../../../../test/support/client-dialog.ts'
import { MemorySmtp } from '../../../../test/support/memory-smtp.ts'
import { MemoryWire } from '../../../../test/support/memory-wire.ts'
import { joinWires } from '../../../../test/support/wire-pair.ts'
import type { Flavour } from '../server/backend.ts'
import { smtpConfig } from '../server/config.ts'
import { GatherBudget } from '../server/gather-budget.ts'
import { serveSmtp } from '../server/session.ts'
import type { SmtpClient } from './client.ts'

const { signal } = new AbortController()

/** Our client and our server, joined in memory. */
async function withPeer(flavour: Flavour, work: (client: SmtpClient, house: MemorySmtp) => Promise<void>, pieceBytes?: number): Promise<void> {
  const house = new MemorySmtp()
  const { wire, client } = memoryClient({ flavour: flavour === 'lmtp' ? 'lmtp' : 'smtp' })
  const server = new MemoryWire()
  const errors: unknown[] = []
  const config = smtpConfig({
    hostname: 'mx.home.example',
    gather: new GatherBudget(1024 * 1024),
    clock: { nowMs: () => 0 },
    onError: (error) => errors.push(error),
  })
  const joined = joinWires(wire, server, pieceBytes)
  const served = serveSmtp(server, flavour, house.backend(), config, signal)
  assert.equal((await client.greet('none', signal)).kind, 'ready')
  await work(client, house)
  await client.quit(signal)
  await Promise.all([joined, served])
  assert.deepEqual(errors, [])
  assert.deepEqual(house.ends.map(({ how }) => how), ['quit'])
}

const content = fc.array(fc.constantFrom('.', '..', 'Halo', 'ä', '\r\n', '\r\n.\r\n', '', 'x'.repeat(90)), { maxLength: 60 }).map((parts) => `Subject: x\r\n\r\n${parts.join('')}\r\n`)

test('what our client sends arrives at our server byte by byte, however it is framed and cut', async () => {
  const message: fc.Arbitrary<WrittenMessage> = fc.record({
    from: fc.constantFrom('ani@me.example', ''),
    to: fc.constant(['budi@home.example']),
    text: content,
    times: fc.constantFrom(1, 2, 30),
    body: fc.constantFrom('7BIT', '8BITMIME', 'BINARYMIME'),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 3 }), fc.constantFrom(1, 7, 1000, 100_000), async (messages, pieceBytes) => {
      await withPeer('mx', async (client, house) => {
        for (const written of messages) {
          const sent = await client.send(outgoing(written), signal)
          assert.deepEqual(sent.fates.map(({ kind }) => kind), ['delivered'])
          const bytes = Buffer.from(written.text ?? '', written.body === '7BIT' ? 'utf8' : 'latin1')
          assert.deepEqual(house.taken.at(-1)?.body, Buffer.concat(Array.from({ length: written.times ?? 1 }, () => bytes)))
        }
        assert.equal(house.taken.length, messages.length)
      }, pieceBytes)
    }),
    { numRuns: 60 },
  )
})

test('a large message goes in chunks and arrives whole', async () => {
  await withPeer('mx', async (client, house) => {
    const text = `${'0123456789'.repeat(7)}\r\n`
    const sent = await client.send(outgoing({ from: '', to: ['budi@home.example'], text, times: 30_000 }), signal)
    assert.deepEqual(sent.fates.map(({ kind }) => kind), ['delivered'])
    assert.ok(house.taken[0]?.body.equals(Buffer.from(text.repeat(30_000))))
    assert.equal(house.taken[0]?.how, 'streamed')
  })
})

test('our server refuses some recipients, and our client knows which', async () => {
  await withPeer('mx', async (client, house) => {
    const to = ['budi@home.example', 'nobody@home.example', 'full@home.example', 'x@elsewhere.example', 'cici@home.example']
    const sent = await client.send(outgoing({ from: 'ani@me.example', to }), signal)
    assert.deepEqual(sent.fates.map(({ kind }) => kind), ['delivered', 'permanent', 'temporary', 'permanent', 'delivered'])
    assert.deepEqual(house.taken[0]?.to, ['budi@home.example', 'cici@home.example'])
    const refused = await client.send(outgoing({ from: 'spam@me.example', to: ['budi@home.example'] }), signal)
    assert.deepEqual(refused.fates.map(({ kind, stage }) => [kind, stage]), [['permanent', 'mail']])
    const nobody = await client.send(outgoing({ from: 'ani@me.example', to: ['nobody@home.example'] }), signal)
    assert.deepEqual(nobody.fates.map(({ kind, stage }) => [kind, stage]), [['permanent', 'rcpt']])
    assert.equal(nobody.connection, 'ready')
    const after = await client.send(outgoing({ from: 'ani@me.example', to: ['budi@home.example'] }), signal)
    assert.deepEqual(after.fates.map(({ kind }) => kind), ['delivered'])
  })
})

test('over LMTP our server answers for each recipient', async () => {
  await withPeer('lmtp', async (client, house) => {
    for (const body of ['7BIT', '8BITMIME'] as const) {
      const sent = await client.send(outgoing({ from: 'ani@me.example', to: ['budi@home.example', 'nobody@home.example', 'later@home.example'], body }), signal)
      assert.deepEqual(sent.fates.map(({ kind, stage }) => `${kind} ${stage}`), ['delivered final', 'permanent rcpt', 'temporary final'])
    }
    assert.equal(house.taken.length, 2)
  })
})

test('addresses and DSN parameters arrive as they were', async () => {
  await withPeer('mx', async (client, house) => {
    const dsn = { notify: ['FAILURE'], orcpt: { type: 'utf-8', address: 'büdi+x=y@me.example' } } as const
    const sent = await client.send(
      outgoing({ from: 'äni@me.example', to: [{ address: '"büdi x"@home.example', ...dsn }], ret: 'FULL', envid: 'a+b =c', utf8Header: true, body: '8BITMIME' }),
      signal,
    )
    assert.deepEqual(sent.fates.map(({ kind }) => kind), ['delivered'])
    const { transaction } = house.taken[0] ?? {}
    assert.partialDeepStrictEqual(transaction?.sender, { ret: 'FULL', envid: 'a+b =c', smtpUtf8: true, body: '8BITMIME' })
    assert.equal(transaction?.sender.from?.text, 'äni@me.example')
    assert.deepEqual(transaction?.recipients[0]?.recipient.orcpt, dsn.orcpt)
    assert.deepEqual(transaction?.recipients[0]?.recipient.notify, dsn.notify)
  })
})

test('TLS and a login by SCRAM open the way out', async () => {
  await withPeer('submission', async (client, house) => {
    assert.equal((await client.startTls(signal)).kind, 'secured')
    assert.equal((await client.hello('none', signal)).kind, 'ready')
    const login = await client.logIn({ user: 'ani', password: 'pencil', clientNonce: 'rOprNGfwEbeRWgbNEkqO' }, signal)
    assert.partialDeepStrictEqual(login, { kind: 'logged-in', mechanism: 'SCRAM-SHA-256-PLUS' })
    const sent = await client.send(outgoing({ from: 'ani@me.example', to: ['x@elsewhere.example'], requireTls: true }), signal)
    assert.deepEqual(sent.fates.map(({ kind }) => kind), ['delivered'])
    assert.equal(house.taken[0]?.transaction.session.identity, 'ani')
  })
})

test('one call at a time: a second message waits for its turn with the caller', async () => {
  await withPeer('mx', async (client) => {
    const first = client.send(outgoing({ from: '', to: ['budi@home.example'] }), signal)
    await assert.rejects(client.send(outgoing({ from: '', to: ['budi@home.example'] }), signal), { message: 'one call at a time' })
    assert.equal((await first).connection, 'ready')
  })
})
