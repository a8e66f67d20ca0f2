import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** A server program of a test's own that listens on a socket in a folder. */
export interface Daemon extends AsyncDisposable {
  /** What it has written. */
  log(): string
}

/** Between two looks whether it listens. */
const LOOK_EVERY_MS = 10

/** Starts a program in the foreground and waits until it listens on the socket `path`. */
export async function startDaemon(command: string, args: readonly string[], path: string): Promise<Daemon> {
  const child = spawn(command, args, { env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  let fault: Error | null = null
  child.once('error', (error) => (fault = error))
  while (!(await listens(path))) {
    if (fault !== null || child.exitCode !== null || child.signalCode !== null) throw new Error(`${command} did not start:\n${said}`, { cause: fault })
    await wait(LOOK_EVERY_MS)
  }
  return { log: () => said, [Symbol.asyncDispose]: () => end(child) }
}

async function listens(path: string): Promise<boolean> {
  const socket = connect(path)
  const isThere = await new Promise<boolean>((resolve) => socket.once('connect', () => resolve(true)).once('error', () => resolve(false)))
  socket.destroy()
  return isThere
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  // Politely: one with children of its own has to end them too.
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}
