import type { Command } from 'commander'
import { hostPage, lookAtHost, lookOf, type LookOptions, onHost } from '../host-report.ts'
import { complain, EXIT, say } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

/** `merpati host check`: this machine, and how the world sees it. What belongs to a domain is checked by `merpati dns check`. */
export function addHost(program: Command): void {
  const group = program.command('host').description('this machine, and how the world sees it')
  onHost(onData(group.command('check')))
    .description('look at port 25, reverse DNS, DNS lists, the age of the domain, the resolver, clock, disk, database and queue, and tell what to mend; ends with 1 when a check fails')
    .action((options: LookOptions & ToolOptions) =>
      withData(options, async (db, config) => {
        const look = lookOf(options, config)
        if (!look.ok) return complain(look.error)
        const { signal } = new AbortController() // Every question has a deadline of its own; Ctrl-C ends the process.
        const findings = await lookAtHost(db, look.value, signal)
        if (findings.some(({ kind }) => kind === 'fail')) process.exitCode = EXIT.failed
        say(options.json === true ? JSON.stringify(findings, null, 2) : hostPage(findings, options.locale))
      }),
    )
}
