import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { askApi, demoKey } from '../support/api.ts'
import { commandsIn } from '../support/pasted.ts'
import { type Demo, startDemo } from '../support/server.ts'

const run = promisify(execFile)

let demo: Demo
before(async () => (demo = await startDemo()))
after(() => demo[Symbol.asyncDispose]())

/** The ids of examples, by their letter, and where the newest real one is found. */
const NEWEST: Readonly<Record<string, string>> = { m: '/v1/emails', q: '/v1/queue', h: '/v1/webhooks', k: '/v1/api_keys', x: '/v1/lanes', a: '/v1/accounts', r: '/v1/routes' }

/** Something that a list of the API holds, as far as examples ask for it. */
interface Listed {
  readonly id: string
  readonly name?: string
  readonly state?: string
  readonly scheduled_at?: string | null
}

async function listed(path: string): Promise<readonly Listed[]> {
  return (await askApi(demo, path)).body['data'] as readonly Listed[]
}

/** What the line before has answered, as far as its list tells. */
async function meant(letter: string): Promise<Listed | undefined> {
  const [webhook] = await listed('/v1/webhooks')
  const all = await listed(letter === 'i' ? `/v1/webhooks/${webhook?.id ?? ''}/deliveries` : (NEWEST[letter] ?? ''))
  switch (letter) {
    case 'k': // Never the key that asks.
      return all.findLast(({ name, state }) => name?.startsWith('Shop') === true && state === 'valid')
    case 'm': // The one that waits for its time.
      return all.find(({ scheduled_at: at }) => typeof at === 'string') ?? all[0]
    default:
      return all.at(-1)
  }
}

/** Pages say `q-P7AGWW...`: whoever pastes puts in what the line before has answered. */
async function withRealIds(command: string): Promise<string> {
  let real = command
  for (const [example, letter = ''] of command.matchAll(/\b([a-z])-P7AGWW[\w-]+/g)) {
    const found = await meant(letter)
    assert.ok(found !== undefined, `nothing for ${example} in: ${command}`)
    real = real.replaceAll(example, found.id)
  }
  return real
}

async function paste(command: string): Promise<{ readonly status: number; readonly body: string }> {
  const moved = (await withRealIds(command)).replaceAll('127.0.0.1:1080', `127.0.0.1:${demo.ports.http}`).replace('curl ', "curl -s -w '\\n%{http_code}' ")
  const { stdout } = await run('sh', ['-c', moved], { env: { ...process.env, KEY: demoKey(demo) } })
  const end = stdout.lastIndexOf('\n')
  return { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) }
}

for (const page of ['README.md', 'docs/api.md']) {
  test(`every line of ${page} that asks the API with a key can be pasted beside the demo, from the first to the last`, async () => {
    const commands = commandsIn(await readFile(new URL(`../../${page}`, import.meta.url), 'utf8'), 'curl').filter(({ command }) => command.includes('$KEY'))
    assert.ok(commands.length > 0)
    const failed: string[] = []
    for (const { command, line } of commands) {
      const { status, body } = await paste(command)
      if (status < 200 || status >= 300) failed.push(`${page}:${line}: ${status} ${body}\n${command}`)
    }
    assert.deepEqual(failed, [])
  })
}
