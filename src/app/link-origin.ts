import type { Domain } from '../base/brand.ts'
import type { Clock } from '../base/clock.ts'
import { MINUTE_MS } from '../base/duration.ts'
import { KeptFor } from '../base/kept-for.ts'
import { linkName } from '../core/domain/wanted-records.ts'
import { OwnAliases } from '../core/outbound/own-aliases.ts'
import type { Database } from '../infra/db/database.ts'
import { allKnown } from './certificate/known.ts'
import type { Config } from './config/config.ts'
import type { ThreadNames } from './names.ts'

/** How long it is believed which names have certificates here. */
const KNOWN_MS = MINUTE_MS

/** What finding out is made of. */
export interface LinkOriginOptions {
  readonly config: Config
  readonly db: Database
  readonly names: Pick<ThreadNames, 'get'>
  readonly clock: Clock
}

/**
 * Says where links and pictures in mail lead: to `links.` and the author's domain, where its owner has made that an alias of our host and there is a certificate for it, so
 * that what readers and filters see in the mail of an organization is its own name; else to the name of the installation.
 */
export function linkOrigins({ config, db, names, clock }: LinkOriginOptions): (author: Domain | null) => Promise<string> {
  const { hostname, track } = config
  const certified = new KeptFor<'names', ReadonlySet<string>>({ clock, ms: KNOWN_MS, most: 1 })
  let aliases: OwnAliases | null = null
  // Those that are told of but not there yet have no chain.
  const certifiedNames = (): Promise<ReadonlySet<string>> => certified.of('names', async () => new Set((await allKnown(db, config)).flatMap(({ chain, names: named }) => (chain === null ? [] : named))))
  return async (author) => {
    if (author === null || !(await certifiedNames()).has(linkName(author))) return track.origin
    const resolver = await names.get()
    if (resolver === null) return track.origin
    aliases ??= new OwnAliases({ hostname, nameOf: linkName, cname: (name, signal) => resolver.cname(name, signal), clock })
    const own = await aliases.of(author)
    return own === null ? track.origin : `https://${own}`
  }
}
