import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../support/program.ts'
import { startDemo } from '../support/server.ts'
import { SmtpClient } from '../support/smtp-client.ts'
import { checkNothingLost } from './check.ts'
import { Load } from './load.ts'
import { watchPower } from './power/power.ts'

const MAX_BEFORE_CUT = 300

/** 20 connections deliver; the power goes: SIGKILL, and every file is as its last sync left it. Then all mail is looked for. */
export async function cutPower(rounds: number): Promise<void> {
  await using folder = await temporaryFolder()
  const dataDir = join(folder.path, 'data')
  mkdirSync(dataDir)
  const power = await watchPower(folder.path, dataDir)
  await using demo = await startDemo({ dataDir, env: power.env })
  const loads: Load[] = []
  let taken = 0
  for (let round = 0; round < rounds; round++) {
    const load = new Load(demo, `power-${round}`)
    loads.push(load)
    await load.reach(randomInt(1, MAX_BEFORE_CUT))
    await demo.kill()
    await load.stop()
    taken += power.cut()
    await demo.restart()
    await checkNothingLost(demo, loads)
  }
  assert.ok(taken > 0, 'something was in flight when the power went')
}

/** One message after another, small and large: between the final dot and its 250 the disk was told to sync. */
export async function syncsBeforeEachAnswer(messages: number): Promise<void> {
  await using folder = await temporaryFolder()
  const dataDir = join(folder.path, 'data')
  mkdirSync(dataDir)
  const power = await watchPower(folder.path, dataDir)
  await using demo = await startDemo({ dataDir, env: power.env })
  using client = await SmtpClient.open({ port: demo.ports.smtp })
  await client.command('EHLO client.example')
  for (let number = 0; number < messages; number++) {
    const data = `Subject: ${number}\r\n\r\n${`${'x'.repeat(76)}\r\n`.repeat(number % 2 === 0 ? 10 : 1_000)}`
    for (const line of ['MAIL FROM:<x@source.example>', 'RCPT TO:<budi@merpati.test>', 'DATA']) assert.ok((await client.command(line)).code < 400)
    const before = power.syncs()
    await client.wire.write(`${data}.\r\n`)
    assert.equal((await client.reply()).code, 250)
    assert.ok(power.syncs() > before, `message ${number} was answered 250 without a sync`)
  }
}
