import { type Command, InvalidArgumentError, Option } from 'commander'
import { MAX_BOUNDS } from '../../core/access/limits.ts'
import { parseNetwork } from '../../core/access/network.ts'
import { SENDING_STREAMS } from '../../core/access/rights.ts'
import { parseDomain } from '../../proto/mail/domain.ts'

/** What confines a key or a credential. */
export interface BoundOptions {
  readonly domain?: readonly string[]
  readonly stream?: readonly string[]
}

/** Adds the options that confine a key or a credential. */
export function withBounds(command: Command): Command {
  return command
    .option('--domain <name...>', 'only for these domains', collected(domainOf))
    .addOption(new Option('--stream <stream...>', 'sends in these streams only').choices(SENDING_STREAMS))
}

/** Reads each value of an option that takes several. */
export function collected(read: (text: string) => string): (text: string, before: readonly string[] | undefined) => readonly string[] {
  return (text, before = []) => {
    if (before.length === MAX_BOUNDS) throw new InvalidArgumentError(`at most ${MAX_BOUNDS}.`)
    return [...before, read(text)]
  }
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
