import type { Command } from 'commander'
import { viaLane } from '../../../core/queue/delivery.ts'
import { operateAll } from '../../../core/queue/operate-all.ts'
import { ANY_DELIVERY, countMeant, type Operation, type Selection } from '../../../core/queue/sql-operate.ts'
import { endpointOf } from '../../config/endpoint.ts'
import { complain, EXIT, sayOne } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface OperationOptions extends ToolOptions {
  readonly message?: string
  readonly domain?: string
  readonly site?: string
  readonly from?: string
  readonly to?: string
  readonly all?: true
  readonly dryRun?: true
  readonly via?: string
}

/** Each operation: what it does, and what was done. */
const OPERATIONS: readonly { readonly operation: Operation; readonly about: string; readonly done: string }[] = [
  { operation: 'hold', about: 'keep deliveries from being tried until they are released', done: 'held' },
  { operation: 'release', about: 'let held deliveries go', done: 'released' },
  { operation: 'retry', about: 'try waiting deliveries now', done: 'to be tried now' },
  { operation: 'reroute', about: 'try deliveries now by another server, or by their MX records again', done: 'rerouted' },
  { operation: 'cancel', about: 'give deliveries up: they are not sent, and their senders are not told', done: 'cancelled' },
]

/** `merpati queue hold|release|retry|reroute|cancel`: what an operator can do to mail that waits. */
export function addOperations(group: Command): void {
  for (const { operation, about, done } of OPERATIONS) {
    const command = onData(group.command(`${operation} [id]`))
      .description(`${about}; those that are being sent at this moment are left alone`)
      .option('--message <id>', 'all of a message')
      .option('--domain <name>', 'all to a domain')
      .option('--site <name>', 'all to a site, as "merpati lane explain" names it: what was last tried there, and new mail to the same domains')
      .option('--from <address>', 'all of a sender; "<>" for reports')
      .option('--to <address>', 'all to a recipient')
      .option('--all', 'all there are')
      .option('--dry-run', 'only say how many it would be')
    if (operation === 'reroute') command.requiredOption('--via <host:port>', 'the server; "mx" for what MX records name')
    command
      .action((id: string | undefined, options: OperationOptions) =>
        withData(options, async (db) => {
          const selection = selectionOf(id, options)
          if (selection === null) return complain('say which: an id, --message, --domain, --site, --from, --to, or --all')
          const lane = laneOf(options.via)
          if (lane === null) return complain(`--via: want a host and a port such as "mail.example.org:25", or "mx", got "${options.via ?? ''}"`)
          const count = options.dryRun === true ? await countMeant(db, operation, selection) : await operateAll(db, { operation, selection, lane, by: 'merpati queue', nowMs: Date.now() })
          if (count === 0 && id !== undefined) return complain(`${id} is not there, or not in a state to ${operation}`, EXIT.failed)
          const said = options.dryRun === true ? `${count} deliveries would be ${done}` : `${count} deliveries ${done}`
          sayOne({ operation, deliveries: count, dryRun: options.dryRun === true }, said, options)
        }),
      )
  }
}

/** Null when nothing says which deliveries are meant: all of them must be asked for in a word. */
function selectionOf(id: string | undefined, { message, domain, site, from, to, all }: OperationOptions): Selection | null {
  if ([id, message, domain, site, from, to].every((word) => word === undefined) && all !== true) return null
  return { ...ANY_DELIVERY, id: id ?? '', message: message ?? '', lane: domain?.toLowerCase() ?? '', site: site ?? '', sender: from ?? '', recipient: to ?? '' }
}

/** The lane that `--via` names, '' for MX records; null for what is no server. */
function laneOf(via: string | undefined): string | null {
  if (via === undefined || via === 'mx') return ''
  const endpoint = endpointOf(via)
  return endpoint.ok ? viaLane(endpoint.value.host, endpoint.value.port) : null
}
