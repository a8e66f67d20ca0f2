import { Socket } from 'node:net'

/** Set by `bin/merpati.js`: the descriptor of a pipe that the launcher holds open as long as it lives. */
const VARIABLE = 'MERPATI_LIFELINE'

/**
 * Calls `onGone` once when the launcher has died without telling us, so that a killed launcher leaves no orphan that
 * holds ports. Does nothing when the program was started without a launcher.
 *
 * The variable is taken out of the environment: descriptor 3 means nothing to our own children. The watch does not
 * keep the process alive.
 *
 * @throws when the variable does not name an inherited pipe: somebody set it by hand.
 */
export function watchLifeline(onGone: () => void): void {
  const value = process.env[VARIABLE]
  if (value === undefined) return
  delete process.env[VARIABLE]
  const pipe = new Socket({ fd: Number(value), readable: true, writable: false })
  // An error on the pipe is an end as well: `close` follows it.
  pipe.on('error', () => {})
  pipe.once('close', onGone)
  pipe.resume()
  pipe.unref()
}
