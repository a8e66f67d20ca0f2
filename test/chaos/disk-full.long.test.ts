import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { onPostgres } from '../support/database.ts'
import { ImapClient } from '../support/imap-client.ts'
import { runWell, temporaryFolder } from '../support/program.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { SmtpClient } from '../support/smtp-client.ts'
import { checkNothingLost } from './check.ts'
import { Load } from './load.ts'

/** Room for the demo and some hundred messages; the rest is filled by us. */
const DISK_MB = 64
const BALLAST_MB = 24

/** A larger disk, and less than a fiftieth of it, which is kept free: enough for what is still taken until every thread has looked, and to expunge. */
const LARGER_DISK_MB = 384
const LEFT_BYTES = 6 * 1024 * 1024

/** A small disk of its own, in memory. Only root may mount: on a machine without root the test fails and says so. */
async function smallDisk(megabytes: number): Promise<AsyncDisposable & { readonly path: string }> {
  assert.equal(process.getuid?.(), 0, 'mounting a small disk needs root: run the tests as root, as CI does')
  const folder = await temporaryFolder()
  await runWell('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder.path])
  return {
    path: folder.path,
    async [Symbol.asyncDispose]() {
      await runWell('umount', ['--lazy', folder.path])
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** Asks MAIL, a connection each, until it hears this code: the disk is looked at every few seconds. */
async function askUntil(demo: Demo, wanted: 250 | 452): Promise<void> {
  for (;;) {
    using client = await SmtpClient.open({ port: demo.ports.smtp })
    await client.command('EHLO client.example')
    const { code, text } = await client.command('MAIL FROM:<x@source.example>')
    assert.match(text, /^(?:250 2\.1\.0|452 4\.3\.1) /)
    if (code === wanted) return
  }
}

/** Sends a message, a connection each time, until a thread that has seen the room takes it. */
async function sendUntilTaken(demo: Demo): Promise<void> {
  for (;;) {
    using client = await SmtpClient.open({ port: demo.ports.smtp })
    await client.command('EHLO client.example')
    const { code, text } = await client.send({ from: 'x@source.example', to: ['budi@merpati.test'], data: 'Subject: room again\r\n\r\nHalo.\r\n' })
    assert.match(text, /^(?:250 2\.0\.0|452 4\.3\.1) /)
    if (code === 250) return
  }
}

// With PostgreSQL the rows are on its disk, and only segments on ours: the messages here are then all large ones.
test('a full disk is 452, nothing acknowledged is lost, and service goes on when there is room again', async () => {
  await using disk = await smallDisk(DISK_MB)
  const ballast = join(disk.path, 'ballast')
  writeFileSync(ballast, Buffer.alloc(BALLAST_MB * 1024 * 1024))
  await using demo = await startDemo({ dataDir: join(disk.path, 'data') })
  const load = new Load(demo, onPostgres ? 'fullpg' : 'full', onPostgres ? { largeEvery: 1 } : {})
  await load.untilDeferred(20)
  await load.stop()
  assert.ok(load.accepted.size > 0, 'there was room at first')
  assert.deepEqual(load.deferredTexts.filter((text) => !text.startsWith('452 4.3.1 ')), [])
  rmSync(ballast)
  await sendUntilTaken(demo)
  await demo.stop()
  await demo.restart()
  await checkNothingLost(demo, [load])
})

test('a disk that is nearly full takes no new mail, and what is there can be read and removed', async () => {
  await using disk = await smallDisk(LARGER_DISK_MB)
  await using demo = await startDemo({ dataDir: join(disk.path, 'data') })
  const ballast = join(disk.path, 'ballast')
  const { bavail, bsize } = await statfs(disk.path)
  writeFileSync(ballast, Buffer.alloc(bavail * bsize - LEFT_BYTES))
  await askUntil(demo, 452)
  using imap = await ImapClient.login({ port: demo.ports.imap }, 'budi@merpati.test', 'merpati')
  await imap.ok('SELECT INBOX')
  // Each thread looks at the disk by itself: the one that serves this session may be a little later than the one that refused mail.
  let refused = await imap.withLiteral('APPEND INBOX', 'Subject: no\r\n\r\n')
  while (refused.status === 'OK') refused = await imap.withLiteral('APPEND INBOX', 'Subject: no\r\n\r\n')
  assert.match(`${refused.status} ${refused.text}`, /^NO (?:NO )?\[UNAVAILABLE\]/)
  await imap.ok('STORE 1 +FLAGS.SILENT (\\Deleted)')
  await imap.ok('EXPUNGE')
  // Each thread looks by itself, and the numbers may be those of one that will look in a moment.
  while (!((await freeBytes(demo)) < 2 * LEFT_BYTES));
  while ((await fetch(`http://127.0.0.1:${demo.ports.http}/readyz`)).status !== 503);
  rmSync(ballast)
  await askUntil(demo, 250)
})

async function freeBytes(demo: Demo): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${demo.ports.http}/metrics`)).text()
  return Number(/^merpati_disk_free_bytes (\d+)/m.exec(metrics)?.[1])
}
