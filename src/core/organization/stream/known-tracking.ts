import type { OrganizationId } from '../../../base/brand.ts'
import type { Clock } from '../../../base/clock.ts'
import { SECOND_MS } from '../../../base/duration.ts'
import { KeptFor } from '../../../base/kept-for.ts'
import { isBroadcast } from './name.ts'
import type { Stream, StreamTracking } from './stream.ts'

/** How long what streams say is believed: a change is seen within this time. */
const KNOWN_MS = SECOND_MS

/** Organizations that are remembered. */
const MAX_KNOWN = 10_000

const USUAL: StreamTracking = {}

/** What streams say of tracking, for who sends many messages a second. */
export class KnownTracking {
  readonly #streamsOf: (organization: OrganizationId) => Promise<readonly Stream[]>
  readonly #known: KeptFor<OrganizationId, ReadonlyMap<string, StreamTracking>>

  constructor(streamsOf: (organization: OrganizationId) => Promise<readonly Stream[]>, clock: Clock) {
    this.#streamsOf = streamsOf
    this.#known = new KeptFor({ clock, ms: KNOWN_MS, most: MAX_KNOWN })
  }

  /** What is said for mail of a stream; nothing for the one that transactions go in, and for one without a name. */
  async of(organization: OrganizationId, stream: string): Promise<StreamTracking> {
    if (!isBroadcast(stream)) return USUAL
    const byName = await this.#known.of(organization, async () => new Map((await this.#streamsOf(organization)).map(({ name, tracking }) => [name as string, tracking])))
    return byName.get(stream) ?? USUAL
  }
}
