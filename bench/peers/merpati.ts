import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { type Demo, startDemo } from '../../test/support/server.ts'
import { benchFolder, until } from '../tool/wait.ts'

/** How long the index and the events may take to catch up with a round. */
const IDLE_WITHIN_MS = 300_000

/** What the launcher tells Node: a server is measured as it is run. */
const LAUNCHER = new URL('../../bin/runtime.js', import.meta.url).href

/** Starts the demo, as `npm start` does, on free ports and an empty data directory on a disk. */
export async function startMerpati(env: Readonly<Record<string, string>> = {}, flags: readonly string[] = []): Promise<Demo> {
  benchFolder()
  const { FLAGS, MEMORY } = (await import(LAUNCHER)) as { readonly FLAGS: readonly string[]; readonly MEMORY: Readonly<Record<string, string>> }
  return await startDemo({ env: { ...MEMORY, ...env }, flags, nodeFlags: FLAGS })
}

/** Waits until everything put off is done; gives the milliseconds it took. */
export async function untilIdle(demo: Demo): Promise<number> {
  const started = performance.now()
  const isIdle = async (): Promise<boolean> => {
    // Not `fetch`: it refuses some ports that the demo may have been given.
    const [answer] = (await once(get({ host: '127.0.0.1', port: demo.ports.http, path: '/readyz?idle' }), 'response')) as [IncomingMessage]
    answer.resume()
    return answer.statusCode === 200
  }
  await until('an empty backlog', isIdle, IDLE_WITHIN_MS, 50)
  return performance.now() - started
}

/** The process id of a running demo. */
export function pidOf(demo: Demo): number {
  if (demo.child.pid === undefined) throw new Error('the demo does not run')
  return demo.child.pid
}

/** Stops it as an operator does and waits for its end. */
export async function stopPolitely(demo: Demo): Promise<void> {
  const gone = once(demo.child, 'exit')
  demo.child.kill('SIGTERM')
  await gone
}
