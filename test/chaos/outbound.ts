import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { type MailNetwork, startNetwork } from '../support/mail-network.ts'
import { SmtpClient } from '../support/smtp-client.ts'

/** Messages of a round, and the connections that submit them. */
const MESSAGES = 60
const SESSIONS = 4

/** What may be on its way when the process dies: one transaction on each of its connections, and what was not yet written down. */
const MAX_UNDER_WAY = 40

/** Mail is submitted and sent on; the process dies by SIGKILL in the middle, starts again, and everything arrives. */
export async function killWhileSending(rounds: number): Promise<void> {
  await using network = await startNetwork({
    names: { '@': { MX: ['10 mx2'] }, mx2: { A: ['127.0.0.2'] } },
    peers: { 2: {} },
  })
  const accepted = new Set<string>()
  for (let round = 0; round < rounds; round++) {
    const before = network.peer(2).messages.length
    const submitting = Array.from({ length: SESSIONS }, (_, session) => submit(network, `r${round}-${session}`, accepted))
    await network.peer(2).given(before + randomInt(1, MESSAGES / 2))
    await network.demo.kill()
    await Promise.all(submitting)
    await network.demo.restart()
    await untilAll(network, accepted)
  }
  const seen = counts(network)
  const twice = [...seen].filter(([, count]) => count > 1)
  const again = twice.reduce((sum, [, count]) => sum + count - 1, 0)
  assert.ok(again <= rounds * MAX_UNDER_WAY, `${again} copies too many`)
  // One that was under way at each kill came once more for each.
  for (const [name, count] of twice) assert.ok(count <= rounds + 1, `${name} came ${count} times`)
  for (const [name] of twice) assert.match(await storyOf(network, name), /"possibleDuplicate": true/)
}

/** What is known of a message once its delivery has been written down. */
async function storyOf({ demo }: MailNetwork, name: string): Promise<string> {
  for (;;) {
    const { stdout } = await demo.cli(['trace', `${name}@laptop.test`, '--json'])
    if (stdout.includes('"delivery.delivered"')) return stdout
  }
}

async function submit({ demo }: MailNetwork, prefix: string, accepted: Set<string>): Promise<void> {
  try {
    using client = await SmtpClient.open({ port: demo.ports.submissions, tls: true })
    await client.command('EHLO laptop.test')
    await client.command(`AUTH PLAIN ${Buffer.from('\0ani@merpati.test\0merpati').toString('base64')}`)
    for (let number = 0; number < MESSAGES / SESSIONS; number++) {
      const name = `${prefix}-${number}`
      const data = `From: ani@merpati.test\r\nSubject: ${name}\r\nMessage-ID: <${name}@laptop.test>\r\n\r\nHalo.\r\n`
      const reply = await client.send({ from: 'ani@merpati.test', to: ['budi@far.test'], data })
      if (reply.code === 250) accepted.add(name)
    }
  } catch {
    // The server has died under us: what was not answered is nobody's.
  }
}

/** Waits until everything that was accepted has arrived: nothing is lost. */
async function untilAll(network: MailNetwork, accepted: ReadonlySet<string>): Promise<void> {
  const peer = network.peer(2)
  for (;;) {
    const seen = counts(network)
    if ([...accepted].every((name) => seen.has(name))) return
    await peer.given(peer.messages.length + 1)
  }
}

function counts(network: MailNetwork): ReadonlyMap<string, number> {
  const seen = new Map<string, number>()
  for (const { text } of network.peer(2).messages) {
    const name = /^Subject: (\S+)\r$/m.exec(text)?.[1] ?? ''
    seen.set(name, (seen.get(name) ?? 0) + 1)
  }
  return seen
}
