import { type Command, Option } from 'commander'
import { silentLog } from '../../../base/log.ts'
import { endpointOf } from '../../config/endpoint.ts'
import { withResolver } from '../../config/with-resolver.ts'
import { checkHost } from '../../host/check-host.ts'
import { resolverOf } from '../../names.ts'
import { complain, EXIT, say } from '../say.ts'
import { SIGNS } from '../signs.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface HostOptions extends ToolOptions {
  readonly probe: string
  readonly timeServer: string
  readonly resolver?: string
  readonly locale: 'en' | 'id'
}

const NTP_PORT = 123

/** `merpati host check`: this machine, and how the world sees it. What belongs to a domain is checked by `merpati dns check`. */
export function addHost(program: Command): void {
  const group = program.command('host').description('this machine, and how the world sees it')
  onData(group.command('check'))
    .description('look at port 25, DNS lists, the resolver, clock, disk, database and queue, and tell what to mend; ends with 1 when a check fails')
    .option('--probe <domain>', 'greet the first mail server of this domain to see whether port 25 is open for us', 'gmail.com')
    .option('--time-server <host>', 'whom to ask for the time, "host" or "host:port"', 'pool.ntp.org')
    .option('--resolver <host:port>', 'the DNS server to ask, instead of the one of the configuration')
    .addOption(new Option('--locale <language>', 'the language of the advice').choices(['en', 'id']).default('en'))
    .action((options: HostOptions) =>
      withData(options, async (db, config) => {
        const asked = withResolver(config, options.resolver)
        if (asked === null) return complain(`--resolver: want an IP address and a port such as "127.0.0.1:53", got "${options.resolver ?? ''}"`)
        const timeServer = endpointOf(options.timeServer.includes(':') ? options.timeServer : `${options.timeServer}:${NTP_PORT}`)
        if (!timeServer.ok) return complain(`--time-server: want a host such as "pool.ntp.org", got "${options.timeServer}"`)
        using resolver = await resolverOf(asked.outbound, silentLog)
        const { signal } = new AbortController() // Every question has a deadline of its own; Ctrl-C ends the process.
        const findings = await checkHost({ config: asked, db, log: silentLog, resolver, probe: options.probe, timeServer: timeServer.value }, signal)
        if (findings.some(({ kind }) => kind === 'fail')) process.exitCode = EXIT.failed
        if (options.json === true) return say(JSON.stringify(findings, null, 2))
        const width = Math.max(...findings.map(({ id }) => id.length))
        say(findings.flatMap(({ id, kind, found, advice }) => [`${SIGNS[kind]} ${id.padEnd(width)}  ${found}`, ...(advice === null ? [] : [`  ${' '.repeat(width)}  -> ${advice[options.locale]}`])]).join('\n'))
      }),
    )
}
