import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { test } from 'node:test'
import { onPostgres } from '../support/database.ts'
import { runCli, startDemo } from '../support/server.ts'

test('the demo serves, says where, and stops politely', async () => {
  await using demo = await startDemo()
  assert.match(demo.output(), /API key {2}sk_test_\S+/)
  assert.match(demo.output().trimEnd().split('\n').at(-1) ?? '', /^Ready/)
  const health = await fetch(`http://127.0.0.1:${demo.ports.http}/healthz`)
  assert.equal(health.status, 200)
  const metrics = await fetch(`http://127.0.0.1:${demo.ports.http}/metrics`)
  assert.equal(metrics.status, 200)
  assert.equal(await demo.stop(), 0)
})

test('a second start on the same data, or on the same ports, says so in one line and exits with 2', async () => {
  await using demo = await startDemo()
  const sameData = await runCli(['demo'], demo.env)
  assert.equal(sameData.code, 2)
  assert.match(sameData.stderr, new RegExp(`^merpati: \\S+ is in use by process ${demo.child.pid}: stop that one first.*\n$`))
  const samePorts = await runCli(['demo'], { ...demo.env, MERPATI_DATA: `${demo.dataDir}-other` })
  assert.equal(samePorts.code, 2)
  assert.match(samePorts.stderr, new RegExp(`127\\.0\\.0\\.1:${demo.ports.smtp} is in use`))
})

// With SQLite the rows are in the folder itself.
if (onPostgres) test('a second node with segments of its own is refused, and the first one keeps its database', secondNode)

async function secondNode(): Promise<void> {
  await using demo = await startDemo()
  const other = { ...demo.env, MERPATI_DATA: `${demo.dataDir}-second`, MERPATI_PORT_OFFSET: String(demo.offset + 3) }
  const refused = await runCli(['demo'], other)
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /^merpati: this PostgreSQL database keeps its large messages in .* on .*: start there, [^\n]*\n$/)
  await demo.stop()
  assert.equal((await runCli(['demo'], other)).code, 2, 'also while the first one is down')
  await demo.restart()
  await rm(other.MERPATI_DATA, { recursive: true })
}

test('a lock left by kill -9 is taken over, and the mail is still there', async () => {
  await using demo = await startDemo()
  const before = await demo.cli(['verify', '--json'])
  await demo.kill()
  await demo.restart()
  const after = await demo.cli(['verify', '--json'])
  assert.deepEqual(JSON.parse(after.stdout), JSON.parse(before.stdout))
  assert.equal(after.code, 0)
})

test('a wrong setting is one line that names it, what is wrong and what is allowed, and exit code 2', async () => {
  const offset = await runCli(['demo'], { ...process.env, MERPATI_PORT_OFFSET: 'many' })
  assert.deepEqual([offset.code, offset.stderr], [2, 'merpati: MERPATI_PORT_OFFSET: want a whole number from 0 to 64000, got "many"\n'])
  const command = await runCli(['dmeo'])
  assert.equal(command.code, 2)
  assert.match(command.stderr, /unknown command 'dmeo'/)
})
