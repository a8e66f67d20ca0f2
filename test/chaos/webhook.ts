import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { until } from '../../bench/tool/wait.ts'
import { startHooks } from '../support/hook-server.ts'
import { submit } from '../support/mail-network.ts'
import { startDemo } from '../support/server.ts'

const TYPES = ['email.queued', 'email.sent', 'email.delivered'] as const

/** Messages of a round. */
const MESSAGES = 5

const WITHIN_MS = 120_000

/**
 * Each round the process dies by SIGKILL: right after it has accepted the last message, or while a call of a webhook waits for its answer. After it has started again each
 * event was told at least once, and whatever was told twice had the same id.
 */
export async function killBetweenSendAndWebhook(rounds: number): Promise<void> {
  await using demo = await startDemo()
  let killAt = Number.POSITIVE_INFINITY
  let dying: Promise<void> | null = null
  await using hooks = await startHooks(() => {
    killAt -= 1
    if (killAt === 0) dying = demo.kill()
    return dying === null ? 200 : 'silence'
  })
  const made = await demo.cli(['webhook', 'add', hooks.url('/'), '--event', ...TYPES])
  assert.equal(made.code, 0, made.stderr)
  const messages: string[] = []
  for (let round = 0; round < rounds; round++) {
    const isLate = round % 2 === 0
    killAt = isLate ? randomInt(1, MESSAGES * TYPES.length) : Number.POSITIVE_INFINITY
    // A kill may come while the last of them is being said: those were not accepted, and nothing is promised.
    for (let i = 0; i < MESSAGES && dying === null; i++) await submit(demo, ['delivered@luar.test']).then((id) => messages.push(id), (error: unknown) => assert.notEqual(dying, null, String(error)))
    if (isLate) await until('the kill', () => dying !== null, WITHIN_MS)
    else dying = demo.kill()
    await dying
    dying = null
    killAt = Number.POSITIVE_INFINITY
    await demo.restart()
    const told = (): ReadonlySet<string> => new Set(hooks.calls.map(({ told: { type, data } }) => `${type} ${String(data['email_id'])}`))
    const wanted = messages.flatMap((id) => TYPES.map((type) => `${type} ${id}`))
    await until('every event to be told', () => wanted.every((each) => told().has(each)), WITHIN_MS)
  }
  // It counts as told above, and comes again in its own time.
  await until('a call that was cut short to be made again', () => hooks.calls.length > new Set(hooks.calls.map(({ headers }) => headers['webhook-id'])).size, WITHIN_MS)
  const ids = Map.groupBy(hooks.calls, ({ told: { type, data } }) => `${type} ${String(data['email_id'])}`)
  for (const [what, calls] of ids) assert.equal(new Set(calls.map(({ headers }) => headers['webhook-id'])).size, 1, what)
}
