import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { onPostgres } from '../support/database.ts'
import { runWell, temporaryFolder } from '../support/program.ts'
import { startDemo } from '../support/server.ts'
import { SmtpClient } from '../support/smtp-client.ts'
import { checkNothingLost } from './check.ts'
import { Load } from './load.ts'

/** Room for the demo and some hundred messages; the rest is filled by us. */
const DISK_MB = 64
const BALLAST_MB = 24

/** A small disk of its own, in memory. Only root may mount: on a machine without root the test fails and says so. */
async function smallDisk(): Promise<AsyncDisposable & { readonly path: string }> {
  assert.equal(process.getuid?.(), 0, 'mounting a small disk needs root: run the tests as root, as CI does')
  const folder = await temporaryFolder()
  await runWell('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'tmpfs', folder.path])
  return {
    path: folder.path,
    async [Symbol.asyncDispose]() {
      await runWell('umount', ['--lazy', folder.path])
      await folder[Symbol.asyncDispose]()
    },
  }
}

// With PostgreSQL the rows are on its disk, and only segments on ours: the messages here are then all large ones.
test('a full disk is 452, nothing acknowledged is lost, and service goes on when there is room again', async () => {
  await using disk = await smallDisk()
  const ballast = join(disk.path, 'ballast')
  writeFileSync(ballast, Buffer.alloc(BALLAST_MB * 1024 * 1024))
  await using demo = await startDemo({ dataDir: join(disk.path, 'data') })
  const load = new Load(demo, onPostgres ? 'fullpg' : 'full', onPostgres ? { largeEvery: 1 } : {})
  await load.untilDeferred(20)
  await load.stop()
  assert.ok(load.accepted.size > 0, 'there was room at first')
  assert.deepEqual(load.deferredTexts.filter((text) => !text.startsWith('452 4.3.1 ')), [])
  rmSync(ballast)
  using client = await SmtpClient.open({ port: demo.ports.smtp })
  await client.command('EHLO client.example')
  const reply = await client.send({ from: 'x@source.example', to: ['budi@merpati.test'], data: 'Subject: room again\r\n\r\nHalo.\r\n' })
  assert.equal(reply.code, 250, reply.text)
  await demo.stop()
  await demo.restart()
  await checkNothingLost(demo, [load])
})
