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

/** Starts Debian's unbound; it validates what Debian's nsd says of `zones`, and asks nobody else. */
export async function startUnbound(zones: readonly ZoneText[]): Promise<Unbound> {
  const folder = await mkdtemp(join(tmpdir(), 'merpati-unbound-'))
  const anchors: string[] = []
  for (const zone of zones) anchors.push(...(await layOut(folder, zone)))
  const authority = await launch(NSD, folder, (port) => nsdConfiguration(folder, port, zones))
  const resolver = await launch(UNBOUND, folder, (port) => unboundConfiguration(folder, port, zones, anchors, authority.port))
  return {
    address: '127.0.0.1',
    port: resolver.port,
    log: () => `${authority.log()}${resolver.log()}`,
    async [Symbol.asyncDispose]() {
      await end(resolver.child)
      await end(authority.child)
      await rm(folder, { recursive: true, force: true })
    },
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

function nsdConfiguration(folder: string, port: number, zones: readonly ZoneText[]): string {
  const server = [
    'ip-address: 127.0.0.1', `port: ${port}`, 'do-ip6: no', 'username: ""', 'chroot: ""', `zonesdir: "${folder}"`, 'database: ""', 'logfile: ""', 'verbosity: 1', 'server-count: 1',
    `pidfile: "${join(folder, 'nsd.pid')}"`, `xfrdfile: "${join(folder, 'xfrd.state')}"`, `zonelistfile: "${join(folder, 'zone.list')}"`,
  ]
  const served = zones.map(({ origin }) => `zone:\n${indented([`name: "${origin}"`, `zonefile: "${origin}.zone"`])}`)
  return `server:\n${indented(server)}\nremote-control:\n  control-enable: no\n${served.join('\n')}\n`
}

function unboundConfiguration(folder: string, port: number, zones: readonly ZoneText[], anchors: readonly string[], authority: number): string {
  const server = [
    `directory: "${folder}"`, 'chroot: ""', 'username: ""', 'pidfile: ""', 'use-syslog: no', 'logfile: ""', 'verbosity: 1',
    'interface: 127.0.0.1', `port: ${port}`, 'do-ip6: no', 'access-control: 127.0.0.0/8 allow', 'num-threads: 1', 'do-daemonize: no',
    'module-config: "validator iterator"', 'do-not-query-localhost: no',
    // It answers for .test by itself unless told otherwise.
    'local-zone: "test." nodefault', 'ede: yes',
    ...anchors.map((anchor) => `trust-anchor: "${anchor.replace(/\s+/g, ' ')}"`),
    // Whatever has no anchor is not signed: the root is not there to say so.
    ...zones.filter(({ dnssec }) => dnssec === 'plain').map(({ origin }) => `domain-insecure: "${origin}"`),
  ]
  const asked = zones.map(({ origin }) => `stub-zone:\n${indented([`name: "${origin}"`, `stub-addr: 127.0.0.1@${authority}`])}`)
  return `server:\n${indented(server)}\nremote-control:\n  control-enable: no\n${asked.join('\n')}\n`
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n')
}

/** A server program: how it is run on its configuration, and what it says when it serves. */
interface ServerProgram {
  readonly command: string
  readonly args: (file: string) => readonly string[]
  readonly serving: string
}

const UNBOUND: ServerProgram = { command: 'unbound', args: (file) => ['-d', '-p', '-c', file], serving: 'start of service' }
const NSD: ServerProgram = { command: 'nsd', args: (file) => ['-d', '-c', file], serving: 'nsd started' }

interface Running {
  readonly child: ChildProcess
  readonly port: number
  readonly log: () => string
}

/** Starts a program on a port that is free for TCP; somebody may have it for UDP, and then on another. */
async function launch({ command, args, serving }: ServerProgram, folder: string, configuration: (port: number) => string): Promise<Running> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const file = join(folder, `${command}.conf`)
    await writeFile(file, configuration(port))
    const child = spawn(command, args(file), { env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` }, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    const isReady = await new Promise<boolean>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', () => resolve(false))
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text
        if (said.includes(serving)) resolve(true)
      })
    })
    if (isReady) return { child, port, log: () => said }
    if (attempt === STARTS || !/in use/.test(said)) throw new Error(`${command} did not start:\n${said}`)
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'close')
  child.kill('SIGKILL')
  await gone
}
