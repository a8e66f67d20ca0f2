import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A client that needs longer than this hangs. */
const LIMIT_MS = 240_000

/** How a program ended and what it said. */
export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What a program is given besides its arguments. */
export interface RunOptions {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** Runs a program to its end, with a home of nobody's: no settings of the developer reach it. */
export async function runProgram(command: string, args: readonly string[], { input = '', env = {}, cwd }: RunOptions = {}): Promise<Ran> {
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
  const options = cwd === undefined ? {} : { cwd }
  const child = spawn(command, args, {
    ...options,
    env: { PATH: path, LANG: 'C.UTF-8', HOME: '/nonexistent', ...env },
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdin.on('error', () => {}) // It may end without reading all of it.
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

/** Runs a program that must end with 0. */
export async function runWell(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const ran = await runProgram(command, args, options)
  assert.equal(ran.code, 0, `${command} ${args.join(' ')} ended with ${ran.code}:\n${ran.stdout.slice(-3000)}\n${ran.stderr.slice(-3000)}`)
  return ran
}

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'merpati-client-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
