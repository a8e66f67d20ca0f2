import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { accessSync, chownSync, constants, mkdirSync, mkdtempSync, openSync, closeSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { Client } from 'pg'

/** A running PostgreSQL. `url` names its `postgres` database and a superuser; `stop` ends it and removes its files. */
export interface Postgres {
  readonly url: string
  readonly stop: () => Promise<void>
}

/** A database of one test file's own, dropped when it is disposed of. */
export interface OwnDatabase extends AsyncDisposable {
  readonly url: string
}

/** Where a parent process says that a server is already running. */
const SHARED = 'MERPATI_TEST_POSTGRES_URL'

/** How often a port that somebody else took in between is replaced by another. */
const MAX_PORT_TRIES = 5

/** How long a fresh server may take to say that it is ready. */
const READY_TIMEOUT_MS = 60_000

/**
 * Gives a real PostgreSQL for tests: the one that `MERPATI_TEST_POSTGRES_URL` names (then `stop` does nothing), or one
 * started here from Debian's packages, as an unprivileged user, in a temporary folder, with fsync on, on a random
 * loopback port. It dies with this process, however this process dies.
 *
 * @throws when PostgreSQL is not installed or does not start; the message holds its log.
 */
export async function startPostgres(): Promise<Postgres> {
  const shared = process.env[SHARED]
  if (shared !== undefined && shared !== '') return { url: shared, stop: async () => {} }
  const bin = findBinaries()
  const dir = mkdtempSync(join(tmpdir(), 'merpati-postgres-'))
  const data = join(dir, 'data')
  const log = join(dir, 'log')
  mkdirSync(data, { mode: 0o700 })
  closeSync(openSync(log, 'a', 0o666))
  const user = unprivilegedUser()
  if (user !== null) for (const path of [dir, data, log]) chownSync(path, user.uid, user.gid)
  try {
    initialise(join(bin, 'initdb'), data, user)
    for (let tries = 1; ; tries++) {
      const port = await freePort()
      const server = launch(join(bin, 'postgres'), { data, log, port, user })
      const url = `postgres://merpati@127.0.0.1:${port}/postgres`
      if (await isReady(server, url, data)) return { url, stop: () => stop(server, dir) }
      if (tries === MAX_PORT_TRIES) throw new Error(`PostgreSQL did not start:\n${readFileSync(log, 'utf8').slice(-4000)}`)
    }
  } catch (error) {
    rmSync(dir, { recursive: true, force: true })
    throw error
  }
}

/**
 * Starts a standby that streams from the server at `primaryUrl`, over a slot of that name: a copy of all its databases, to be read. Its superuser is the primary's. What `stop` leaves is the slot.
 *
 * @throws when it does not start; the message holds its log.
 */
export async function startStandby(primaryUrl: string, slot: string): Promise<Postgres> {
  const bin = findBinaries()
  const dir = mkdtempSync(join(tmpdir(), 'merpati-standby-'))
  const [data, log] = [join(dir, 'data'), join(dir, 'log')]
  closeSync(openSync(log, 'a', 0o666))
  const user = unprivilegedUser()
  if (user !== null) for (const path of [dir, log]) chownSync(path, user.uid, user.gid)
  const { hostname, port: primaryPort, username } = new URL(primaryUrl)
  const args = ['-h', hostname, '-p', primaryPort, '-U', username, '-D', data, '-R', '-C', '-S', slot, '-X', 'stream', '-c', 'fast']
  const copied = spawnSync(join(bin, 'pg_basebackup'), args, { ...user, cwd: dir, env: cleanEnv(), encoding: 'utf8' })
  const port = await freePort()
  const server = copied.status === 0 ? launch(join(bin, 'postgres'), { data, log, port, user }) : null
  const url = `postgres://${username}@127.0.0.1:${port}/postgres`
  if (server !== null && (await isReady(server, url, data))) return { url, stop: () => stop(server, dir) }
  const words = server === null ? copied.stderr : readFileSync(log, 'utf8').slice(-4000)
  rmSync(dir, { recursive: true, force: true })
  throw new Error(`the standby did not start:\n${words}`)
}

/** Makes an empty database on the server at `serverUrl` and gives its URL, so that test files do not see each other's rows. */
export async function ownDatabase(serverUrl: string): Promise<OwnDatabase> {
  const name = `t_${randomBytes(8).toString('hex')}`
  await admin(serverUrl, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return {
    url: url.href,
    [Symbol.asyncDispose]: async () => {
      await admin(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    },
  }
}

async function admin(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql)
    return rows
  } finally {
    await client.end()
  }
}

interface User {
  readonly uid: number
  readonly gid: number
}

/** PostgreSQL refuses to run as root: null when we are not root, else the user it gets. */
function unprivilegedUser(): User | null {
  if (process.getuid?.() !== 0) return null
  const users = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':'))
  const found = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  if (found === undefined) throw new Error('neither a user postgres nor a user nobody exists to run PostgreSQL as')
  return { uid: Number(found[2]), gid: Number(found[3]) }
}

/** The folder with the newest installed `postgres` and `initdb`. */
function findBinaries(): string {
  const debian = '/usr/lib/postgresql'
  const versions = listed(debian).map(Number).filter(Number.isInteger).toSorted((a, b) => b - a)
  const folders = [...versions.map((version) => join(debian, String(version), 'bin')), ...(process.env['PATH'] ?? '').split(':')]
  for (const folder of folders) {
    if (executable(join(folder, 'postgres')) && executable(join(folder, 'initdb'))) return folder
  }
  throw new Error('PostgreSQL is not installed: apt-get install postgresql')
}

function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // Not Debian: PATH is asked next.
  }
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function initialise(initdb: string, data: string, user: User | null): void {
  const args = ['-D', data, '-U', 'merpati', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-instructions']
  const done = spawnSync(initdb, args, { ...user, cwd: data, env: cleanEnv(), encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`initdb failed: ${done.stderr || String(done.error)}`)
}

interface Launch {
  readonly data: string
  readonly log: string
  readonly port: number
  readonly user: User | null
}

/** On Linux the server is sent SIGINT (its fast shutdown) when we die without stopping it. */
function launch(postgres: string, { data, log, port, user }: Launch): ChildProcess {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'on',
    max_connections: '200',
    shared_buffers: '64MB',
  }
  const args = ['-D', data, '-p', String(port), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  const out = openSync(log, 'a')
  try {
    const options = { cwd: data, env: cleanEnv(), stdio: ['ignore', out, out] as ['ignore', number, number] }
    if (process.platform !== 'linux') return spawn(postgres, args, { ...options, ...user })
    const become = user === null ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups']
    return spawn('setpriv', [...become, '--pdeathsig=INT', postgres, ...args], options)
  } finally {
    closeSync(out)
  }
}

/** Settings of the caller's own PostgreSQL (PGHOST, PGDATA, ...) must not reach ours. */
function cleanEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PG')))
}

/** Waits until this very server answers. False when it ended first, as it does when the port is taken. */
async function isReady(server: ChildProcess, url: string, data: string): Promise<boolean> {
  const deadline = AbortSignal.timeout(READY_TIMEOUT_MS)
  while (server.exitCode === null && server.signalCode === null && !deadline.aborted) {
    try {
      const [row] = await admin(url, `SELECT current_setting('data_directory') AS folder`)
      return row?.['folder'] === data
    } catch {
      // Not listening yet. There is nothing to wait on but the port itself.
      await once(AbortSignal.timeout(50), 'abort')
    }
  }
  return false
}

async function stop(server: ChildProcess, dir: string): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    const gone = once(server, 'exit')
    server.kill('SIGINT')
    await gone
  }
  rmSync(dir, { recursive: true, force: true })
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}
