import { Socket } from 'node:net'

/** Set by `bin/merpati.js`: the descriptor of a pipe that the launcher holds open as long as it lives, and its process id, as in `3:4711`. */
const VARIABLE = 'MERPATI_LIFELINE'

/**
 * Calls `onGone` once when the launcher has died without telling us, so that a killed launcher leaves no orphan that
 * holds ports. Does nothing when the program was started without a launcher, or by a child of one that passed the
 * variable on: descriptor 3 is something else there.
 *
 * The variable is taken out of the environment, as it means nothing to our own children. The watch does not keep the process alive.
 */
export function watchLifeline(onGone: () => void): void {
  const value = process.env[VARIABLE]
  if (value === undefined) return
  delete process.env[VARIABLE]
  const [fd, launcher] = value.split(':').map(Number)
  if (fd === undefined || launcher !== process.ppid) return
  const pipe = new Socket({ fd, readable: true, writable: false })
  // An error on the pipe is an end as well: `close` follows it.
  pipe.on('error', () => {})
  pipe.once('close', onGone)
  pipe.resume()
  pipe.unref()
}
