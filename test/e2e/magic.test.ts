import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { until } from '../../bench/tool/wait.ts'
import { submit } from '../support/mail-network.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { storyOf, toldOf } from '../support/story.ts'

let demo: Demo
before(async () => {
  demo = await startDemo()
})
after(() => demo[Symbol.asyncDispose]())

const PROGRAM = 'From: ani@merpati.test\r\nX-Merpati-Stream: broadcast\r\nSubject: x\r\n\r\nx\r\n'

/** The types of a message's events, once the last of them is there. */
async function story(id: string, last: string): Promise<readonly string[]> {
  await toldOf(demo, id, last)
  return (await storyOf(demo, id)).map(({ type }) => type)
}

test('a demo that keeps its mail pretends what becomes of mail to certain recipients', async () => {
  const fates: readonly (readonly [string, string])[] = [
    ['delivered@luar.test', 'delivery.delivered'], ['deferred@luar.test', 'delivery.deferred'], ['451@luar.test', 'delivery.deferred'], ['suppressed@luar.test', 'delivery.suppressed'],
  ]
  const ids = await Promise.all(fates.map(([to]) => submit(demo, [to])))
  for (const [index, [, last]] of fates.entries()) {
    assert.deepEqual(await story(ids[index] ?? '', last), ['mail.arrived', 'delivery.captured', last])
  }
  const waiting = JSON.parse((await demo.cli(['queue', '--json'])).stdout) as readonly { readonly to: string; readonly state: string; readonly attempts: number }[]
  assert.deepEqual(waiting.map(({ to, state, attempts }) => [to, state, attempts]).toSorted(), [['451@luar.test', 'captured', 1], ['deferred@luar.test', 'captured', 1]])
})

test('a bounce comes back to who wrote, and a program does not write there again', async () => {
  const id = await submit(demo, ['bounced@luar.test'])
  await story(id, 'suppression.added')
  await until('the notice to arrive', async () => /"from":""[^]*"address":"ani@merpati\.test"/.test(JSON.stringify(await storyOf(demo, 'ani@merpati.test'))), 60_000)
  assert.deepEqual(await story(await submit(demo, ['bounced@luar.test'], PROGRAM), 'delivery.suppressed'), ['mail.arrived', 'delivery.suppressed'])
})

test('a complaint ends newsletters to that address, and is counted', async () => {
  const id = await submit(demo, ['complained@luar.test'], PROGRAM)
  assert.deepEqual((await story(id, 'suppression.added')).slice(0, 4), ['mail.arrived', 'delivery.captured', 'delivery.delivered', 'delivery.complained'])
  await until('the complaint is counted', async () => /^merpati_complaints_total\{provider="other"\} 1$/m.test(await (await fetch(`http://127.0.0.1:${demo.ports.http}/metrics`)).text()), 60_000)
})
