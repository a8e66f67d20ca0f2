import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startPostfix } from '../../bench/peers/postfix.ts'
import { until } from '../../bench/tool/wait.ts'
import { SmtpClient } from '../support/smtp-client.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { BUDI, emptyMailbox, numbered, subjects } from './mail.ts'

const COUNT = 20

for (const transport of ['smtp', 'lmtp'] as const) {
  test(`Postfix hands its queue to us over ${transport.toUpperCase()}, each message once`, async () => {
    await using demo: Demo = await startDemo()
    await using postfix = await startPostfix({ kind: 'relay', transport, port: demo.ports[transport], held: false })
    await emptyMailbox(demo.ports, BUDI)
    using client = await SmtpClient.open({ port: postfix.port })
    await client.command('EHLO client.example')
    for (let number = 1; number <= COUNT; number++) {
      const reply = await client.send({ from: 'sender@source.example', to: [BUDI], data: numbered(number) })
      assert.equal(reply.code, 250, reply.text)
    }
    await until('Postfix to empty its queue', () => postfix.queued() === 0, 60_000)
    const got = (await subjects(demo.ports, BUDI)).map((subject) => Number(subject.replace('numbered ', ''))).toSorted((a, b) => a - b)
    assert.deepEqual(got, Array.from({ length: COUNT }, (_, index) => index + 1), postfix.log().slice(-2000))
  })
}
