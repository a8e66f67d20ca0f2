import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { callHttps } from '../../src/infra/net/call-https.ts'
import { makeCertificate, type TestCertificate } from './certificate.ts'

/** Where an authority listens, and where its validators look. */
export interface PebblePlan {
  readonly port: number
  readonly managementPort: number
  readonly dns: { readonly address: string; readonly port: number }
  readonly httpPort: number
  readonly tlsPort: number
  /** Accounts are only for who has one of these, by key id: external account binding. */
  readonly macKeys?: Readonly<Record<string, string>>
}

/** Debian's pebble, an ACME authority for tests, on loopback. */
export interface Pebble extends AsyncDisposable {
  /** The root of its certificates, PEM. */
  root(): Promise<string>
  log(): string
}

/** The certificate that pebble itself is trusted by. */
export const pebbleCertificate: TestCertificate = await makeCertificate(['localhost'])

/** Where clients find it. */
export const directoryAt = (port: number): string => `https://localhost:${port}/dir`

/** How long it may take to be there on a busy machine. */
const WITHIN_MS = 30_000

/** Starts it and waits until it answers. It validates without pauses, and refuses one good nonce in five: clients must bear that. */
export async function startPebble(plan: PebblePlan): Promise<Pebble> {
  const folder = await mkdtemp(join(tmpdir(), 'merpati-pebble-'))
  const [certificate, privateKey] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  await writeFile(certificate, pebbleCertificate.cert)
  await writeFile(privateKey, pebbleCertificate.key)
  const pebble = {
    listenAddress: `127.0.0.1:${plan.port}`,
    managementListenAddress: `127.0.0.1:${plan.managementPort}`,
    certificate,
    privateKey,
    httpPort: plan.httpPort,
    tlsPort: plan.tlsPort,
    ocspResponderURL: '',
    externalAccountBindingRequired: plan.macKeys !== undefined,
    externalAccountMACKeys: plan.macKeys ?? {},
  }
  await writeFile(join(folder, 'pebble.json'), JSON.stringify({ pebble }))
  const env = { PATH: process.env['PATH'] ?? '', PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '20', PEBBLE_AUTHZREUSE: '0' }
  const child = spawn('pebble', ['-config', join(folder, 'pebble.json'), '-dnsserver', `${plan.dns.address}:${plan.dns.port}`], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  await listening(child, () => text)
  return {
    log: () => text,
    async root() {
      const asked = { method: 'GET', roots: [pebbleCertificate.cert], maxBytes: 100_000, withinMs: WITHIN_MS } as const
      const answer = await callHttps({ ...asked, url: `https://localhost:${plan.managementPort}/roots/0` }, new AbortController().signal)
      if (answer.kind === 'failed') throw new Error(`pebble does not show its root: ${answer.why}`)
      return Buffer.from(answer.bytes).toString()
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, 'exit')
        child.kill('SIGKILL')
        await gone
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Resolves when it says that it listens. */
async function listening(child: ChildProcess, text: () => string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`pebble was not ready:\n${text()}`)), WITHIN_MS)
    const look = (): void => {
      if (!/ACME directory available at/.test(text())) return
      clearTimeout(timer)
      resolve()
    }
    child.stdout?.on('data', look)
    child.stderr?.on('data', look)
    child.once('error', reject)
    child.once('exit', () => {
      clearTimeout(timer)
      reject(new Error(`pebble ended:\n${text()}`))
    })
  })
}
