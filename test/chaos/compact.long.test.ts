import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { demoConfig } from '../../src/app/config/demo.ts'
import { openForTool } from '../../src/app/database.ts'
import { mailboxesToPurge, purge } from '../../src/core/mailbox/sql-purge.ts'
import { ImapClient } from '../support/imap-client.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { Load } from './load.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** Runs `merpati compact` and kills it when so many changes were seen among the segments. True when it came to its end first. */
async function compactUntil({ dataDir, env }: Demo, changes: number): Promise<boolean> {
  const child = spawn(process.execPath, [MAIN, 'compact', '--json'], { env, stdio: 'ignore' })
  let seen = 0
  const watcher = watch(join(dataDir, 'segments'), () => {
    seen += 1
    if (seen === changes) child.kill('SIGKILL')
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  watcher.close()
  assert.ok(code === 0 || code === null, `merpati compact ended with ${code}`)
  return code === 0
}

/** Digests of all that budi has, in order. */
async function bodies(demo: Demo): Promise<readonly string[]> {
  using client = await ImapClient.login({ port: demo.ports.imap }, 'budi@merpati.test', 'merpati')
  await client.ok('EXAMINE INBOX')
  const { untagged } = await client.ok('UID FETCH 1:* (BODY.PEEK[])')
  return untagged.flatMap(({ literals }) => literals.map((literal) => createHash('sha256').update(literal as Buffer).digest('hex')))
}

/** Expunges most of the mail, and ends its undelete window at once. */
async function expungeMost(demo: Demo, upTo: number): Promise<void> {
  using client = await ImapClient.login({ port: demo.ports.imap }, 'budi@merpati.test', 'merpati')
  await client.ok('SELECT INBOX')
  await client.ok(`STORE 1:${upTo} +FLAGS.SILENT (\\Deleted)`)
  await client.ok('EXPUNGE')
}

async function purgeAll({ env }: Demo): Promise<void> {
  const config = demoConfig(env)
  assert.ok(config.ok)
  await using db = await openForTool(config.value)
  const beforeMs = Date.now() + 1_000
  for (const mailbox of await mailboxesToPurge(db, beforeMs)) while ((await db.write(purge, { ...mailbox, beforeMs })) > 0);
}

test('compaction that is killed again and again loses nothing, and gives the space back in the end', async () => {
  await using demo = await startDemo()
  const load = new Load(demo, 'compact', { largeEvery: 1 })
  await load.reach(120)
  await load.stop()
  await expungeMost(demo, load.accepted.size - 30)
  const before = await bodies(demo)
  assert.ok(before.length >= 30)
  const beside = await demo.cli(['compact'])
  assert.equal(beside.code, 2)
  assert.match(beside.stderr, /is in use by process \d+/)
  await demo.stop()
  await purgeAll(demo)
  const bytesNow = async (): Promise<number> => {
    const uses = JSON.parse((await demo.cli(['compact', '--dry-run', '--json'])).stdout) as readonly { readonly bytes: number }[]
    return uses.reduce((sum, { bytes }) => sum + bytes, 0)
  }
  const full = await bytesNow()
  for (let changes = 2; !(await compactUntil(demo, changes)); changes *= 2) {
    const verified = await demo.cli(['verify', '--json'])
    assert.equal(verified.code, 0, verified.stdout)
  }
  await compactUntil(demo, Number.POSITIVE_INFINITY) // Copies that a killed pass left are dead themselves.
  assert.ok((await bytesNow()) < full / 2, `${await bytesNow()} of ${full} bytes`)
  await demo.restart()
  assert.deepEqual(await bodies(demo), before)
  assert.equal((await demo.cli(['verify'])).code, 0)
})
