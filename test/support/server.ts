import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makePostgresDatabase, onPostgres } from './database.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** Where a demo listens. */
export interface DemoPorts {
  readonly smtp: number
  readonly submission: number
  readonly submissions: number
  readonly lmtp: number
  readonly imap: number
  readonly imaps: number
  readonly pop3: number
  readonly pop3s: number
  readonly http: number
  readonly https: number
}

/** A running demo of a test's own. */
export interface Demo extends AsyncDisposable {
  readonly ports: DemoPorts
  readonly offset: number
  readonly dataDir: string
  readonly child: ChildProcess
  /** The environment it was started with. */
  readonly env: NodeJS.ProcessEnv
  /** What it has written to stdout and stderr. */
  output(): string
  /** SIGTERM, and its exit code. */
  stop(): Promise<number | null>
  /** SIGKILL. The data stays for the next start. */
  kill(): Promise<void>
  /** Starts again on the same data and ports, after `stop` or `kill`. */
  restart(): Promise<void>
  /** Runs a command on its data. */
  cli(args: readonly string[], input?: string): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
}

/** What a test may decide. */
export interface DemoOptions {
  /** More environment for the server. */
  readonly env?: Readonly<Record<string, string>>
  /** More words on its command line. */
  readonly flags?: readonly string[]
  /** Words for Node, before the program. */
  readonly nodeFlags?: readonly string[]
  /** A data directory to keep; without it a temporary one is made and removed. */
  readonly dataDir?: string
  /** Waits this long for `Ready`. */
  readonly withinMs?: number
}

/** Starts `merpati demo` on free ports of 127.0.0.1 and waits until it is ready. With MERPATI_DATABASE=postgres on a fresh database. */
export async function startDemo(options: DemoOptions = {}): Promise<Demo> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'merpati-demo-')))
  const postgres = onPostgres ? await makePostgresDatabase() : null
  const envAt = (offset: number): NodeJS.ProcessEnv => ({
    ...process.env,
    MERPATI_DATA: dataDir,
    MERPATI_PORT_OFFSET: String(offset),
    MERPATI_TEST_HOOKS: '1',
    ...(postgres === null ? {} : { MERPATI_DATABASE_URL: postgres.url }),
    ...options.env,
  })
  const launchDemo = (env: NodeJS.ProcessEnv): ReturnType<typeof launch> => launch(['demo', ...(options.flags ?? [])], env, { withinMs: options.withinMs, nodeFlags: options.nodeFlags })
  const { claim, running: first } = await onFreePorts((free) => launchDemo(envAt(free)))
  const { offset } = claim
  const env = envAt(offset)
  let running = first
  const gone = (signal: NodeJS.Signals): Promise<number | null> => end(running.child, signal)
  return {
    ports: portsAt(offset),
    offset,
    dataDir,
    env,
    get child() {
      return running.child
    },
    output: () => running.output(),
    stop: () => gone('SIGTERM'),
    async kill() {
      await gone('SIGKILL')
    },
    async restart() {
      running = await launchDemo(env)
    },
    cli: (args, input) => runCli(args, env, input),
    async [Symbol.asyncDispose]() {
      await gone('SIGKILL')
      claim[Symbol.dispose]()
      await postgres?.drop()
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Who runs it: nobody else than we, unless said. */
export interface AsUser {
  readonly uid?: number
  readonly gid?: number
}

/** A running server of a test's own, stopped by SIGKILL at the latest when it is disposed. */
export interface TestServer extends AsyncDisposable {
  readonly child: ChildProcess
  output(): string
  /** SIGTERM, and its exit code. */
  stop(): Promise<number | null>
}

/** Starts `merpati` with these arguments and waits until it is ready. */
export async function startServer(args: readonly string[], env: NodeJS.ProcessEnv = process.env, user: AsUser = {}): Promise<TestServer> {
  const { child, output } = await launch(args, env, { user })
  return {
    child,
    output,
    stop: () => end(child, 'SIGTERM'),
    async [Symbol.asyncDispose]() {
      await end(child, 'SIGKILL')
    },
  }
}

/** Runs `merpati` with these arguments to its end. */
export async function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
  input = '',
  user: AsUser = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: 'pipe', ...user })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdin.on('error', () => {}) // It may end without reading all of it.
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

/** The ports of a demo at an offset: architecture §6. */
export function portsAt(offset: number): DemoPorts {
  return {
    smtp: 25 + offset,
    submission: 587 + offset,
    submissions: 465 + offset,
    lmtp: 24 + offset,
    imap: 143 + offset,
    imaps: 993 + offset,
    pop3: 110 + offset,
    pop3s: 995 + offset,
    http: 80 + offset,
    https: 443 + offset,
  }
}

/** Free ports of loopback, as the system gives them. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  for (const server of servers) server.close()
  return ports
}

/** How long a server may take to be ready on a busy machine. */
const WITHIN_MS = 30_000

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const exit = once(child, 'exit')
  child.kill(signal)
  return ((await exit) as [number | null])[0]
}

/** How a server is launched. */
interface Launch {
  readonly withinMs?: number | undefined
  readonly nodeFlags?: readonly string[] | undefined
  readonly user?: AsUser
}

async function launch(args: readonly string[], env: NodeJS.ProcessEnv, { withinMs = WITHIN_MS, nodeFlags = [], user = {} }: Launch) {
  const child = spawn(process.execPath, [...nodeFlags, MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'], ...user })
  let text = ''
  const ready = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the server was not ready in ${withinMs} ms:\n${text}`)), withinMs)
    const hear = (chunk: string): void => {
      text += chunk
      if (!/^Ready/m.test(text)) return
      clearTimeout(timer)
      resolve()
    }
    child.stdout.setEncoding('utf8').on('data', hear)
    child.stderr.setEncoding('utf8').on('data', hear)
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      reject(new Error(`the server ended (${code ?? signal}):\n${text}`))
    })
  })
  try {
    await ready
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  return { child, output: () => text }
}

/** Above the ports that `fetch` refuses, and with all of a demo's ports below those that the system gives to clients (32,768 on). */
const LOWEST_OFFSET = 11_000
const OFFSETS = 20_000

/** Times a start is tried elsewhere because its ports were taken. */
const MAX_STARTS = 3

/** Nobody serves here: who holds a port of this address has claimed the same port of 127.0.0.1, also while its server is down between a kill and a restart. */
const CLAIMS = '127.77.77.77'

/** Ports of a demo that no other test takes until it is disposed. */
interface Claim extends Disposable {
  readonly offset: number
}

/** Starts something at a free offset; at another one when somebody who claims nothing has taken a port. */
async function onFreePorts<T>(start: (offset: number) => Promise<T>): Promise<{ readonly claim: Claim; readonly running: T }> {
  for (let attempt = 1; ; attempt++) {
    const claim = await claimPorts()
    try {
      return { claim, running: await start(claim.offset) }
    } catch (error) {
      claim[Symbol.dispose]()
      if (attempt === MAX_STARTS || !(error instanceof Error && / is in use/.test(error.message))) throw error
    }
  }
}

/** An offset at which every port of a demo is free and claimed by nobody. */
export async function claimPorts(): Promise<Claim> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const offset = LOWEST_OFFSET + Math.floor(Math.random() * OFFSETS)
    const ports = Object.values(portsAt(offset))
    const held = await Promise.all(ports.map((port) => hold(CLAIMS, port)))
    const release = (): void => held.forEach((server) => server?.close())
    if (held.every((server) => server !== null) && (await areFree(ports))) return { offset, [Symbol.dispose]: release }
    release()
  }
  throw new Error('no free ports for a demo')
}

async function areFree(ports: readonly number[]): Promise<boolean> {
  const servers = await Promise.all(ports.map((port) => hold('127.0.0.1', port)))
  await Promise.all(servers.map((server) => server !== null && new Promise((resolve) => server.close(resolve))))
  return servers.every((server) => server !== null)
}

/** Listens there, or null when somebody else does. It keeps no test from ending. */
async function hold(host: string, port: number): Promise<Server | null> {
  const server = createServer().unref()
  return await new Promise((resolve) => {
    server.once('error', () => resolve(null))
    server.listen({ host, port, exclusive: true }, () => resolve(server))
  })
}
