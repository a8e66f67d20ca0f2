import assert from 'node:assert/strict'
import { type MailNetwork, startNetwork } from '../support/mail-network.ts'
import type { PeerStage } from '../support/smtp-peer.ts'
import { toldOf } from '../support/story.ts'

/** Where a message can be when the process dies, beside waiting: at each step of its conversation with the other server. */
const STAGES: readonly PeerStage[] = ['banner', 'ehlo', 'mail', 'rcpt', 'data', 'final']

/** The servers of the network. */
const NUMBERS = [2, 3]

/**
 * The process dies by SIGKILL with a message in every state that the queue knows: waiting for its first try, being tried (once at each step), put off, held. Each
 * arrives after the restart, and once: the other server had not taken any of them.
 */
export async function killAtEveryStage(): Promise<void> {
  await using network = await startNetwork({ names: { '@': { MX: ['10 mx2'] }, mx2: { A: ['127.0.0.2'] }, mx3: { A: ['127.0.0.3'] }, put: { MX: ['10 mx3'] } }, peers: { 2: {}, 3: {} } })
  const sent: string[] = []
  for (const stage of STAGES) sent.push(await dieAt(network, stage))
  sent.push(await dieAfterPuttingOff(network), await dieHeld(network))
  for (const subject of sent) assert.equal(copies(network, subject), 1, subject)
}

/** The other server has been given the message and has said so; we die before, or just after, we have written that down. */
export async function killAfterTheReply(): Promise<void> {
  await using network = await startNetwork({ names: { '@': { MX: ['10 mx2'] }, mx2: { A: ['127.0.0.2'] } }, peers: { 2: {}, 3: {} } })
  const id = await submit(network, 'doubt')
  await network.peer(2).given(1)
  await network.demo.kill()
  await network.demo.restart()
  const { data } = await toldOf(network.demo, id, 'delivery.delivered')
  const count = copies(network, 'doubt')
  // RFC 1047: this is the one moment in which twice is possible, and then it says so.
  assert.ok(count === 1 || (count === 2 && data['possible_duplicate'] === true), `${count} copies`)
}

async function dieAt(network: MailNetwork, stage: PeerStage): Promise<string> {
  network.peer(2).hangUp() // One that was kept would begin with MAIL.
  const reached = new Promise<void>((resolve) => {
    network.peer(2).script = (now) => {
      if (now !== stage) return null
      resolve()
      return 'silence'
    }
  })
  const id = await submit(network, stage)
  await reached
  await restart(network)
  await toldOf(network.demo, id, 'delivery.delivered')
  return stage
}

async function dieAfterPuttingOff(network: MailNetwork): Promise<string> {
  network.peer(3).script = (stage) => (stage === 'rcpt' ? '451 4.7.1 Later' : null)
  const id = await submit(network, 'put-off', 'budi@put.far.test')
  await toldOf(network.demo, id, 'delivery.deferred')
  await restart(network)
  assert.equal((await network.demo.cli(['queue', 'retry', '--message', id])).code, 0)
  await toldOf(network.demo, id, 'delivery.delivered')
  return 'put-off'
}

async function dieHeld(network: MailNetwork): Promise<string> {
  network.peer(3).hangUp()
  network.peer(3).script = (stage) => (stage === 'rcpt' ? '451 4.7.1 Later' : null)
  const id = await submit(network, 'held', 'budi@put.far.test')
  await toldOf(network.demo, id, 'delivery.deferred')
  assert.equal((await network.demo.cli(['queue', 'hold', '--message', id])).code, 0)
  await restart(network)
  assert.equal((await network.demo.cli(['queue', 'release', '--message', id])).code, 0)
  await toldOf(network.demo, id, 'delivery.delivered')
  return 'held'
}

async function restart(network: MailNetwork): Promise<void> {
  await network.demo.kill()
  for (const number of NUMBERS) network.peer(number).script = () => null
  await network.demo.restart()
}

async function submit(network: MailNetwork, subject: string, to = 'budi@far.test'): Promise<string> {
  return await network.submit(to, `From: ani@merpati.test\r\nSubject: ${subject}\r\n\r\nHalo.\r\n`)
}

function copies(network: MailNetwork, subject: string): number {
  return NUMBERS.flatMap((number) => network.peer(number).messages).filter(({ text }) => text.includes(`\r\nSubject: ${subject}\r\n`)).length
}
