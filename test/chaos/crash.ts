import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { ImapClient } from '../support/imap-client.ts'
import { Disconnected } from '../support/line-socket.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { SmtpClient } from '../support/smtp-client.ts'

const SENDERS = 20

/** How a round ends: the whole process dies, or the writer alone. */
export type Death = 'process' | 'writer'

/**
 * Twenty connections deliver numbered messages; in the middle of it the process, or the writer thread alone, is killed. Afterwards every
 * message that was answered 250 must be there exactly once, none may be there twice, and the store must be clean.
 */
export async function crashRounds(deaths: readonly Death[]): Promise<void> {
  await using demo = await startDemo()
  const acknowledged = new Set<string>()
  for (const [round, death] of deaths.entries()) {
    const stop = new AbortController()
    const senders = Array.from({ length: SENDERS }, (_, i) => sendUntil(demo, `r${round}s${i}`, acknowledged, stop.signal))
    await until(() => acknowledged.size >= (round + 1) * 150)
    if (death === 'process') {
      await demo.kill()
      stop.abort()
      await Promise.all(senders)
      await demo.restart()
    } else {
      const before = acknowledged.size
      demo.child.kill('SIGUSR2')
      await until(() => acknowledged.size > before + 100) // A new writer serves the same sessions.
      stop.abort()
      await Promise.all(senders)
    }
    await check(demo, acknowledged)
  }
}

/** Delivers messages one after another until told to stop or the server is gone. */
async function sendUntil(demo: Demo, name: string, acknowledged: Set<string>, signal: AbortSignal): Promise<void> {
  try {
    using client = await SmtpClient.open({ port: demo.ports.smtp, patienceMs: 60_000 })
    await client.command('EHLO crash.test')
    for (let n = 0; !signal.aborted; n++) {
      const mark = `${name}n${n}`
      const data = `From: a@crash.test\r\nSubject: mark ${mark}\r\n\r\n${'x'.repeat(n % 7 === 0 ? 40_000 : 2_000).replace(/.{76}/g, '$&\r\n')}\r\n`
      const reply = await client.send({ from: 'a@crash.test', to: ['ani@merpati.test'], data })
      if (reply.code === 250) acknowledged.add(mark)
      else assert.ok(reply.code >= 400 && reply.code < 500, `a fault of ours is 4xx: ${reply.text}`)
    }
  } catch (error) {
    if (!(error instanceof Disconnected)) throw error
  }
}

async function check(demo: Demo, acknowledged: ReadonlySet<string>): Promise<void> {
  const found = await marks(demo)
  const counts = new Map<string, number>()
  for (const mark of found) counts.set(mark, (counts.get(mark) ?? 0) + 1)
  assert.deepEqual([...counts].filter(([, count]) => count > 1), [], 'nothing is there twice')
  assert.deepEqual([...acknowledged].filter((mark) => !counts.has(mark)), [], 'everything answered 250 is there')
  const verified = await demo.cli(['verify', '--json'])
  assert.deepEqual((JSON.parse(verified.stdout) as { problems: unknown }).problems, [])
}

/** The marks of all messages in ani's inbox, by IMAP. */
async function marks(demo: Demo): Promise<readonly string[]> {
  using imap = await ImapClient.login({ port: demo.ports.imap, patienceMs: 60_000 }, 'ani@merpati.test', 'merpati')
  await imap.ok('EXAMINE INBOX')
  const fetched = await imap.ok('FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])')
  return fetched.untagged.flatMap(({ literals }) => /mark (\S+)/.exec(literals[0]?.toString() ?? '')?.[1] ?? [])
}

async function until(isSo: () => boolean): Promise<void> {
  for (let look = 0; !isSo(); look++) {
    assert.ok(look < 6_000, 'the server did not get on for a minute')
    await wait(10)
  }
}
