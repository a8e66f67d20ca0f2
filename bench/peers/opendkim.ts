import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { accepts, freePort } from '../tool/port.ts'
import { withSbin } from '../tool/smtp-source.ts'
import { benchFolder, until } from '../tool/wait.ts'

/** Debian's opendkim as a milter that signs for one domain with an RSA key of 2,048 bits. */
export interface OpenDkim extends AsyncDisposable {
  readonly pid: number
  readonly port: number
}

/** Starts it on 127.0.0.1. */
export async function startOpenDkim(domain: string): Promise<OpenDkim> {
  const folder = mkdtempSync(join(benchFolder(), 'merpati-opendkim-'))
  const port = await freePort()
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs1', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } })
  writeFileSync(join(folder, 'key'), privateKey, { mode: 0o600 })
  const settings = { Mode: 's', Domain: domain, Selector: 'bench', KeyFile: join(folder, 'key'), Socket: `inet:${port}@127.0.0.1`, Canonicalization: 'relaxed/relaxed', Syslog: 'no', RequireSafeKeys: 'no' }
  writeFileSync(join(folder, 'conf'), Object.entries(settings).map(([name, value]) => `${name} ${value}\n`).join(''))
  const child = spawn('opendkim', ['-f', '-x', join(folder, 'conf')], { stdio: ['ignore', 'ignore', 'inherit'], env: withSbin() })
  await until('opendkim to listen', () => accepts(port), 10_000)
  return {
    pid: child.pid ?? 0,
    port,
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit')
      if (child.exitCode === null && child.kill('SIGTERM')) await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
