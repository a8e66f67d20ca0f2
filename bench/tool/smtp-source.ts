import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** A load that Postfix's `smtp-source` makes. */
export interface Load {
  readonly port: number
  readonly sessions: number
  readonly messages: number
  readonly bytes: number
  readonly to: string
  readonly from?: string
  /** `kept`: a session sends all its messages over one connection. `each`: a connection for every message. */
  readonly connections: 'kept' | 'each'
}

/** Sends it all and gives the seconds it took. Throws when a message was not accepted. */
export async function smtpSource({ port, sessions, messages, bytes, to, from = 'sender@source.example', connections }: Load): Promise<number> {
  const args = ['-s', String(sessions), '-m', String(messages), '-l', String(bytes), '-f', from, '-t', to]
  if (connections === 'kept') args.push('-d')
  const started = performance.now()
  const child = spawn('smtp-source', [...args, `127.0.0.1:${port}`], { stdio: ['ignore', 'ignore', 'pipe'], env: withSbin() })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`smtp-source ended with ${code}: ${said.trim()}`)
  return (performance.now() - started) / 1000
}

/** Debian keeps daemons and `smtp-source` in /usr/sbin, which is not in every user's PATH. */
export function withSbin(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` }
}
