import { setTimeout as wait } from 'node:timers/promises'
import { ImapClient } from '../../test/support/imap-client.ts'
import type { BenchOptions, Figure } from '../figure.ts'
import { type Dovecot, startDovecot } from '../peers/dovecot.ts'
import { pidOf, startMerpati, untilIdle } from '../peers/merpati.ts'
import { anonymousBytes, family } from '../tool/process.ts'

const CONNECTIONS = 500
const SETTLE_MS = 5_000

/** Memory of one more idling IMAP connection over TLS: logged in, INBOX selected, in IDLE. */
export async function idle({ say }: BenchOptions): Promise<readonly Figure[]> {
  await using demo = await startMerpati()
  await untilIdle(demo)
  const ours = await costOf(demo.ports.imaps, 'ani@merpati.test', 'merpati', () => anonymousBytes(pidOf(demo)))
  say(`idle: ${ours.toFixed(0)} kB a connection`)
  await using dovecot = await startDovecot()
  const theirs = await costOf(dovecot.imaps, dovecot.user, dovecot.password, () => memoryOf(dovecot))
  say(`idle, Dovecot: ${theirs.toFixed(0)} kB a connection`)
  return [
    {
      name: 'memory of an idle IMAP connection, TLS',
      unit: 'kB',
      ours,
      peer: { name: 'Dovecot', value: theirs },
      goal: { kind: 'at-most', limit: 100 },
      note: `${CONNECTIONS} connections in IDLE, private memory of all processes, garbage included`,
    },
  ]
}

function memoryOf({ pid }: Dovecot): number {
  return family(pid).reduce((sum, id) => sum + (anonymousBytes(id) || 0), 0)
}

/** kB a connection: the growth from 50 connections, when caches and code are warm, to 50 more than `CONNECTIONS`. */
async function costOf(port: number, user: string, password: string, memory: () => number): Promise<number> {
  const clients: ImapClient[] = []
  const grow = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const client = await ImapClient.login({ port, tls: true }, user, password)
      clients.push(client)
      await client.ok('SELECT INBOX')
      await client.wire.write('i IDLE\r\n')
      await client.response()
    }
    await wait(SETTLE_MS)
  }
  try {
    await grow(50)
    const before = memory()
    await grow(CONNECTIONS)
    return (memory() - before) / CONNECTIONS / 1000
  } finally {
    for (const client of clients) client[Symbol.dispose]()
  }
}
