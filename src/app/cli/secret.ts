import { createInterface } from 'node:readline/promises'

/** The first line of standard input, '' when there is none. A person at a terminal is asked for it on stderr. */
export async function readSecret(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write('Password: ')
  const lines = createInterface({ input: process.stdin, terminal: false })
  for await (const line of lines) {
    lines.close()
    return line
  }
  return ''
}
