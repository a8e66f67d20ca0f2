import type { Command } from 'commander'
import { systemClock } from '../../../base/clock.ts'
import { type DemoFlags, demoConfig } from '../../config/demo.ts'
import { welcomeCard } from '../../demo/card.ts'
import { ensureCertificate } from '../../demo/certificate.ts'
import { deliverSamples } from '../../demo/deliver-samples.ts'
import { ensurePeople, renewDemoKey } from '../../demo/people.ts'
import { serve } from '../../serve.ts'
import { runUntilStopped } from '../run.ts'
import { complain } from '../say.ts'

/** `merpati demo`: everything running on loopback, with people and mail in it, and nothing to configure. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('run everything on 127.0.0.1 with sample accounts and mail: no root, no DNS, no configuration')
    .option('--relay <host:port>', 'hand mail to other domains to this server instead of keeping it')
    .option('--resolver <address:port>', 'send mail to other domains, by what this DNS server says')
    .addHelpText(
      'after',
      `
Environment:
  MERPATI_DATA           where the data goes (./data)
  MERPATI_PORT_OFFSET    added to the standard ports (1000)
  MERPATI_DATABASE       sqlite (the default) or postgres
  MERPATI_DATABASE_URL   where PostgreSQL is
  MERPATI_MX_PORT        the port of other servers (25), for tests with --resolver`,
    )
    .action(async (flags: DemoFlags) => {
      const config = demoConfig(process.env, flags)
      if (!config.ok) return complain(config.error)
      let apiKey = ''
      const started = await serve(config.value, {
        async beforeThreads() {
          if (config.value.tls !== null) await ensureCertificate(config.value.tls, Date.now())
        },
        async withDatabase(db) {
          const isFirstStart = await ensurePeople(db, Date.now())
          if (isFirstStart) await deliverSamples(db, config.value.hostname, systemClock)
          apiKey = await renewDemoKey(db, Date.now())
        },
      })
      if (!started.ok) return complain(started.error)
      await runUntilStopped(started.value, `${welcomeCard(config.value, apiKey)}\n`)
    })
}
