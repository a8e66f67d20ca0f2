import type { Command } from 'commander'
import { readConfig } from '../../config/file.ts'
import { serve } from '../../serve.ts'
import { runUntilStopped } from '../run.ts'
import { complain } from '../say.ts'

/** `merpati serve`: the server in earnest, as its configuration says. */
export function addServe(program: Command): void {
  program
    .command('serve')
    .description('run the server as merpati.toml says')
    .option('--config <file>', 'the configuration', 'merpati.toml')
    .action(async ({ config }: { readonly config: string }) => {
      const read = readConfig(config)
      if (!read.ok) return complain(read.error)
      if (process.getuid?.() === 0) return complain('do not run the server as root: deploy/merpati.service shows how ports below 1024 are had without it')
      const needsTls = read.value.listeners.find(({ security }) => security !== 'none')
      const { tls, certificates, acme } = read.value
      if (tls === null && certificates.length === 0 && acme === null && needsTls !== undefined) {
        return complain(`${config}: tls: it is missing, and the listener on port ${needsTls.port} needs a certificate, from files or by [acme]`)
      }
      const started = await serve(read.value)
      if (!started.ok) return complain(started.error)
      await runUntilStopped(started.value, '', 'reloads')
    })
}
