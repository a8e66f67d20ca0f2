import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { readConfig } from '../../config/file.ts'
import { serve } from '../../serve.ts'
import { runUntilStopped } from '../run.ts'
import { complain, say } from '../say.ts'

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
      for (const path of [read.value.tls?.certificate, read.value.tls?.key]) {
        if (path !== undefined && !existsSync(path)) return complain(`${config}: tls: there is no file ${path}`)
      }
      const needsTls = read.value.listeners.find(({ security }) => security !== 'none')
      if (read.value.tls === null && needsTls !== undefined) {
        return complain(`${config}: tls: it is missing, and the listener on port ${needsTls.port} needs a certificate`)
      }
      const started = await serve(read.value)
      if (!started.ok) return complain(started.error)
      say(`Ready in ${Math.round(process.uptime() * 1000)} ms`)
      await runUntilStopped(started.value)
    })
}
