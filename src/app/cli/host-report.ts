import { type Command, Option } from 'commander'
import { silentLog } from '../../base/log.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import type { Database } from '../../infra/db/database.ts'
import type { Config } from '../config/config.ts'
import { timeServerOf } from '../config/endpoint.ts'
import { withResolver } from '../config/with-resolver.ts'
import { checkHost, type HostCheckOptions } from '../host/check-host.ts'
import type { HostFinding } from '../host/finding.ts'
import { resolverOf } from '../names.ts'
import { SIGNS } from './signs.ts'

/** Whom a look at this machine asks, and how it answers. */
export interface LookOptions {
  readonly probe: string
  readonly timeServer: string
  /** False with `--no-rdap`. */
  readonly rdap: string | false
  readonly resolver?: string
  readonly locale: 'en' | 'id'
}

/** What a look at this machine is made with. */
export type LookAt = Pick<HostCheckOptions, 'config' | 'probe' | 'timeServer' | 'rdap'>

/** Adds the options of a look at this machine. */
export function onHost(command: Command): Command {
  return command
    .option('--probe <domain>', 'greet the first mail server of this domain to see whether port 25 is open for us', 'gmail.com')
    .option('--time-server <host>', 'whom to ask for the time, "host" or "host:port"', 'pool.ntp.org')
    .option('--rdap <url>', 'whom to ask when the domain of this server was registered', 'https://rdap.org')
    .option('--no-rdap', 'do not ask that')
    .option('--resolver <host:port>', 'the DNS server to ask, instead of the one of the configuration')
    .addOption(new Option('--locale <language>', 'the language of the advice').choices(['en', 'id']).default('en'))
}

/** What such options mean, or what is wrong with them. */
export function lookOf({ probe, timeServer, rdap, resolver }: LookOptions, config: Config): Result<LookAt, string> {
  const asked = withResolver(config, resolver)
  if (asked === null) return fail(`--resolver: want an IP address and a port such as "127.0.0.1:53", got "${resolver ?? ''}"`)
  const time = timeServerOf(timeServer)
  if (!time.ok) return fail(`--time-server: want a host such as "pool.ntp.org", got "${timeServer}"`)
  if (rdap !== false && !rdap.startsWith('https://')) return fail(`--rdap: want an address such as "https://rdap.org", got "${rdap}"`)
  return ok({ config: asked, probe, timeServer: time.value, rdap: rdap === false ? null : rdap })
}

/** Looks at this machine, with a resolver of its own. */
export async function lookAtHost(db: Database, look: LookAt, signal: AbortSignal): Promise<readonly HostFinding[]> {
  using resolver = await resolverOf(look.config.outbound, silentLog)
  return await checkHost({ ...look, db, log: silentLog, resolver }, signal)
}

/** A line a finding, and what to do below it. */
export function hostPage(findings: readonly HostFinding[], locale: 'en' | 'id'): string {
  const width = Math.max(...findings.map(({ id }) => id.length))
  return findings.flatMap(({ id, kind, found, advice }) => [`${SIGNS[kind]} ${id.padEnd(width)}  ${found}`, ...(advice === null ? [] : [`  ${' '.repeat(width)}  -> ${advice[locale]}`])]).join('\n')
}
