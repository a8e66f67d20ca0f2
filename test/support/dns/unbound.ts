import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../../bench/tool/port.ts'
import { runWell } from '../program.ts'

/** A zone that unbound serves: the text of its file, without SOA and NS. */
export interface ZoneText {
  readonly origin: string
  readonly records: string
  /** `signed`: with a trust anchor; `broken`: signed, and then changed; `plain`: neither. */
  readonly dnssec: 'signed' | 'broken' | 'plain'
}

/** A validating unbound of a test's own: configuration and zones in a temporary folder, one port on 127.0.0.1. */
export interface Unbound extends AsyncDisposable {
  readonly address: string
  readonly port: number
  /** What it has written. */
  log(): string
}

const STARTS = 5
const KEY_OPTIONS = ['-a', 'ECDSAP256SHA256', '-r', '/dev/urandom']

/** Starts Debian's unbound for `zones`; it asks nobody else. */
export async function startUnbound(zones: readonly ZoneText[]): Promise<Unbound> {
  const folder = await mkdtemp(join(tmpdir(), 'merpati-unbound-'))
  const anchors: string[] = []
  for (const zone of zones) anchors.push(...(await layOut(folder, zone)))
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    await writeFile(join(folder, 'unbound.conf'), configuration(folder, port, zones, anchors))
    const running = await launch(folder)
    if (running.isReady) {
      const stop = async (): Promise<void> => {
        await end(running.child)
        await rm(folder, { recursive: true, force: true })
      }
      return { address: '127.0.0.1', port, log: running.log, [Symbol.asyncDispose]: stop }
    }
    // Somebody may have taken the port for UDP meanwhile.
    if (attempt === STARTS || !/in use/.test(running.log())) throw new Error(`unbound did not start:\n${running.log()}`)
  }
}

/** Writes a zone's file, signed if asked. Gives its trust anchors. */
async function layOut(folder: string, { origin, records, dnssec }: ZoneText): Promise<readonly string[]> {
  const file = join(folder, `${origin}.zone`)
  const head = `$ORIGIN ${origin}.\n$TTL 300\n@ IN SOA ns hostmaster 1 3600 600 86400 120\n@ IN NS ns\nns IN A 127.0.0.1\n`
  await writeFile(file, `${head}${records}\n`)
  if (dnssec === 'plain') return []
  const key = (await runWell('ldns-keygen', ['-k', ...KEY_OPTIONS, origin], { cwd: folder })).stdout.trim()
  await runWell('ldns-signzone', ['-f', file, file, key], { cwd: folder })
  // Every address another than was signed.
  if (dnssec === 'broken') await writeFile(file, (await readFile(file, 'utf8')).replace(/\tA\t192\.0\.2\./g, '\tA\t198.51.100.'))
  return [(await readFile(join(folder, `${key}.ds`), 'utf8')).trim()]
}

function configuration(folder: string, port: number, zones: readonly ZoneText[], anchors: readonly string[]): string {
  const server = [
    `directory: "${folder}"`, 'chroot: ""', 'username: ""', 'pidfile: ""', 'use-syslog: no', 'logfile: ""', 'verbosity: 1',
    'interface: 127.0.0.1', `port: ${port}`, 'do-ip6: no', 'access-control: 127.0.0.0/8 allow', 'num-threads: 1', 'do-daemonize: no',
    'module-config: "validator iterator"',
    // It answers for .test by itself unless told otherwise.
    'local-zone: "test." nodefault', 'ede: yes',
    ...anchors.map((anchor) => `trust-anchor: "${anchor.replace(/\s+/g, ' ')}"`),
  ]
  const served = zones.map(({ origin }) => {
    const file = join(folder, `${origin}.zone`)
    const lines = [`name: "${origin}"`, `zonefile: "${file}"`, 'for-downstream: no', 'for-upstream: yes', 'fallback-enabled: no']
    return `auth-zone:\n${indented(lines)}`
  })
  return `server:\n${indented(server)}\nremote-control:\n  control-enable: no\n${served.join('\n')}\n`
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n')
}

/** Resolves when it serves, or has given up. */
async function launch(folder: string): Promise<{ readonly child: ChildProcess; readonly isReady: boolean; readonly log: () => string }> {
  const env = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` }
  const child = spawn('unbound', ['-d', '-p', '-c', join(folder, 'unbound.conf')], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  const isReady = await new Promise<boolean>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve(false))
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.includes('start of service')) resolve(true)
    })
  })
  return { child, isReady, log: () => said }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'close')
  child.kill('SIGKILL')
  await gone
}
