import { watchLifeline } from '../lifeline.ts'
import type { Server } from '../serve.ts'

/**
 * Says that a started server is ready, and lets it run until a signal, or the death of its launcher, asks it to stop; then
 * drains it. `words` come before the line that begins with `Ready`, which is the last. SIGHUP stops it, as closing a terminal should; a service that
 * nobody watches `reloads` then, as services do.
 */
export async function runUntilStopped(server: Server, words = '', hangup: 'stops' | 'reloads' = 'stops'): Promise<void> {
  // For the project's own tests (docs/operate.md says so): threads die as they would in a crash. Whoever may send us signals
  // could as well kill us, so nothing is opened up.
  if (process.env['MERPATI_TEST_HOOKS'] === '1') {
    process.on('SIGUSR2', () => void server.killWriter())
    process.on('SIGALRM', () => server.crashWorker())
  }
  const asked = new Promise<void>((resolve) => {
    // `on`, not `once`: one Ctrl-C arrives several times (terminal, npm, launcher), and only the first may count.
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve())
    process.on('SIGHUP', () => {
      if (hangup === 'stops' || process.stdout.isTTY) return resolve()
      void server.reload().catch((error: unknown) => server.log.warn('certificate.look_failed', { error }))
    })
    watchLifeline(resolve)
  })
  // Not before: whoever reads it may signal at once.
  process.stdout.write(`${words}Ready in ${Math.round(process.uptime() * 1000)} ms\n`)
  await asked
  await server.stop()
  // Nothing of ours is left; a timer or handle of a library must not keep the process.
  process.exit(0)
}
