import type { OrganizationId } from '../../../base/brand.ts'
import type { Clock } from '../../../base/clock.ts'
import { SECOND_MS } from '../../../base/duration.ts'
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
  readonly #clock: Clock
  readonly #known = new Map<OrganizationId, { readonly untilMs: number; readonly byName: Promise<ReadonlyMap<string, StreamTracking>> }>()

  constructor(streamsOf: (organization: OrganizationId) => Promise<readonly Stream[]>, clock: Clock) {
    this.#streamsOf = streamsOf
    this.#clock = clock
  }

  /** What is said for mail of a stream; nothing for the one that transactions go in, and for one without a name. */
  async of(organization: OrganizationId, stream: string): Promise<StreamTracking> {
    if (!isBroadcast(stream)) return USUAL
    const nowMs = this.#clock.nowMs()
    const known = this.#known.get(organization)
    if (known !== undefined && known.untilMs > nowMs) return (await known.byName).get(stream) ?? USUAL
    if (this.#known.size >= MAX_KNOWN) this.#known.clear()
    const byName = this.#streamsOf(organization).then((streams) => new Map(streams.map(({ name, tracking }) => [name as string, tracking])))
    this.#known.set(organization, { untilMs: nowMs + KNOWN_MS, byName })
    byName.catch(() => this.#known.delete(organization))
    return (await byName).get(stream) ?? USUAL
  }
}
