import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { askApi } from '../support/api.ts'
import { type Demo, startDemo } from '../support/server.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** Changes over HTTP that are asked for at a time, and in a round. */
const AT_ONCE = 8
const CHANGES = 120

/** Commands that run beside them. */
const COMMANDS = 2

interface Entry {
  readonly action: string
  readonly asked: { readonly email?: string; readonly args?: readonly string[] }
  readonly outcome: string
}

/** How entries ended, by outcome, over all rounds. */
export interface Told {
  readonly done: number
  readonly unknown: number
}

/**
 * Each round the server dies by SIGKILL amid changes, and commands beside it die, too. What was changed has exactly one entry in the audit log, there is no entry of what was not changed, and
 * whoever was told yes has an entry that says so.
 */
export async function killAmidChanges(rounds: number): Promise<Told> {
  await using demo = await startDemo()
  const answered = new Set<string>()
  for (let round = 0; round < rounds; round++) {
    const commands = Array.from({ length: COMMANDS }, (_, i) => spawn(process.execPath, [MAIN, 'suppression', 'add', `c${round}-${i}@luar.example`], { env: demo.env, stdio: 'ignore' }))
    await changeUntilKilled(demo, round, randomInt(1, CHANGES), answered, commands)
    await Promise.all(commands.map(async (child) => child.exitCode ?? child.signalCode ?? (await once(child, 'exit'))))
    await demo.restart()
  }
  const changed = (await all(demo, '/v1/suppressions')).map(({ email }) => String(email)).filter((email) => email.endsWith('@luar.example'))
  const entries = ((await all(demo, '/v1/audit_log')) as unknown as readonly Entry[]).filter(({ action }) => /suppression(?:s| add)$/.test(action))
  const about = (entry: Entry): string => entry.asked.email ?? entry.asked.args?.[0] ?? ''
  assert.deepEqual(entries.map(about).toSorted(), changed.toSorted())
  const done = new Set(entries.filter(({ outcome }) => outcome === 'done').map(about))
  assert.deepEqual([...answered].filter((email) => !done.has(email)), [])
  const left = entries.filter(({ outcome }) => outcome !== 'done')
  assert.deepEqual(left.filter(({ outcome }) => outcome !== 'unknown'), [])
  return { done: done.size, unknown: left.length }
}

async function changeUntilKilled(demo: Demo, round: number, killAfter: number, answered: Set<string>, commands: readonly ChildProcess[]): Promise<void> {
  let next = 0
  let heard = 0
  let dying: Promise<void> | null = null
  const die = (): void => {
    for (const command of commands) command.kill('SIGKILL')
    dying ??= demo.kill()
  }
  const one = async (): Promise<void> => {
    while (dying === null && next < CHANGES) {
      const email = `r${round}-${next++}@luar.example`
      const answer = await askApi(demo, '/v1/suppressions', { json: { email } }).catch(() => null) // It has died before it answered.
      if (answer === null || answer.status === 408) continue // Or it was so busy with its start that it had not read the request in time.
      assert.ok(answer.status < 300, `${answer.status} ${JSON.stringify(answer.body)}`)
      answered.add(email)
      heard += 1
      if (heard >= killAfter) die()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  die()
  await dying
}

/** Every page of a list. */
async function all(demo: Demo, path: string): Promise<readonly Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = []
  for (let cursor = ''; ; ) {
    const { status, body } = await askApi(demo, `${path}?limit=100${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)
    assert.equal(status, 200, JSON.stringify(body))
    found.push(...(body['data'] as Record<string, unknown>[]))
    const next = body['next_cursor']
    if (typeof next !== 'string') return found
    cursor = next
  }
}
