import { type Command, InvalidArgumentError, Option } from 'commander'
import { MAX_BOUNDS, MAX_CAP } from '../../core/access/limits.ts'
import { parseNetwork } from '../../core/access/network.ts'
import { SENDING_STREAMS } from '../../core/access/rights.ts'
import { parseDomain } from '../../proto/mail/domain.ts'

/** What confines a key or a credential. */
export interface BoundOptions {
  readonly domain?: readonly string[]
  readonly stream?: readonly string[]
  readonly perHour?: number
  readonly perDay?: number
}

/** Adds the options that confine a key or a credential. */
export function withBounds(command: Command): Command {
  return command
    .option('--domain <name...>', 'only for these domains', collected(domainOf))
    .addOption(new Option('--stream <stream...>', 'sends in these streams only').choices(SENDING_STREAMS))
    .option('--per-hour <n>', 'messages that it may send in an hour', capOf)
    .option('--per-day <n>', 'messages that it may send in a day', capOf)
}

/** Reads each value of an option that takes several. */
export function collected(read: (text: string) => string): (text: string, before: readonly string[] | undefined) => readonly string[] {
  return (text, before = []) => {
    if (before.length === MAX_BOUNDS) throw new InvalidArgumentError(`at most ${MAX_BOUNDS}.`)
    return [...before, read(text)]
  }
}

function capOf(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text) && Number(text) <= MAX_CAP) return Number(text)
  throw new InvalidArgumentError(`want a whole number from 1 to ${MAX_CAP}.`)
}

/** The name of a domain, as it is compared. */
export function domainOf(text: string): string {
  const domain = parseDomain(text)
  if (domain === null) throw new InvalidArgumentError('that is no name of a domain.')
  return domain
}

/** A network, as it is compared. */
export function networkOf(text: string): string {
  const network = parseNetwork(text)
  if (network === null) throw new InvalidArgumentError('want an address or a network such as 192.0.2.0/24.')
  return network
}
