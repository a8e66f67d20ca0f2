import type { DeliveryId } from '../../base/brand.ts'
import { isBroadcast, readStream, type StreamName } from '../organization/stream/name.ts'
import type { PublicText, Stream } from '../organization/stream/stream.ts'
import { type Scope, streamScope, type Suppression } from '../suppression/suppression.ts'

/**
 * Whether a reader gets mail. `off`: he has stopped it himself with this very token, so it may take that back. `fixed`: something else stops it (a bounce, a complaint, a person,
 * another token), and no page changes that: links are forwarded, so whoever presses a button here may be a stranger.
 */
export type Held = 'on' | 'off' | 'fixed'

/** One stream that a reader chooses about. */
export interface Choice {
  readonly stream: StreamName
  /** Null when the organization has given it no name for readers. */
  readonly named: { readonly title: PublicText; readonly description: PublicText } | null
  readonly held: Held
  /** Whether an entry for this stream alone is there to be taken back. */
  readonly isOwn: boolean
}

/** What a reader may choose. */
export interface Choices {
  /** All that goes to many, as one. */
  readonly all: Held
  /** At least one. */
  readonly streams: readonly [Choice, ...Choice[]]
}

/** What decides what the page shows: who the reader is, the streams there are, and what holds for his address. */
export interface Situation {
  readonly delivery: DeliveryId
  /** Of the message whose token he holds. */
  readonly stream: string
  /** Those with names for readers. */
  readonly known: readonly Stream[]
  readonly suppressions: readonly Suppression[]
}

/** What a reader may choose. Pure. */
export function choicesOf({ delivery, stream, known, suppressions }: Situation): Choices {
  // Readers stop what goes to many: whatever stops all mail was none of theirs.
  const isOwnEntry = ({ undo, scope, category, organization }: Suppression): boolean => undo === delivery && scope !== 'all' && category === 'unsubscribe' && organization !== ''
  const heldBy = (scopes: readonly Scope[]): Held => {
    const entries = suppressions.filter(({ scope }) => scopes.includes(scope))
    if (entries.length === 0) return 'on'
    return entries.every(isOwnEntry) ? 'off' : 'fixed'
  }
  const all = heldBy(['all', 'broadcast'])
  const choice = (name: StreamName, named: Choice['named']): Choice => {
    const own = heldBy([streamScope(name)])
    return { stream: name, named, held: gravest(all, own), isOwn: own === 'off' }
  }
  const listed = known.map(({ name, title, description }) => choice(name, { title, description }))
  const mine = streamOfMessage(stream, listed.length)
  const missing = mine === null || listed.some((each) => each.stream === mine) ? [] : [choice(mine, null)]
  const [first, ...more] = [...listed, ...missing]
  return { all, streams: [first ?? choice('broadcast', null), ...more] }
}

/** The stream of a message, if its readers may choose about it. Transactional mail is not to be switched off: its page is about what goes to many. */
function streamOfMessage(stream: string, listed: number): StreamName | null {
  if (isBroadcast(stream)) return readStream(stream)
  return listed === 0 ? 'broadcast' : null
}

function gravest(a: Held, b: Held): Held {
  if (a === 'fixed' || b === 'fixed') return 'fixed'
  return a === 'off' || b === 'off' ? 'off' : 'on'
}

/** What a choice comes to. All of it is what the reader's own token has stopped, or stops. */
export interface Plan {
  /** Streams that he had until now, and wants no more. */
  readonly stop: readonly StreamName[]
  /** Streams that he gets again. */
  readonly resume: readonly Choice[]
  /** Streams that stay stopped when what stopped all of them goes. */
  readonly narrow: readonly StreamName[]
}

/** What is to be done so that a reader gets what he wants; where he says nothing, all stays. Doing it twice changes nothing. Pure. */
export function planOf({ all, streams }: Choices, wanted: ReadonlyMap<string, 'on' | 'off'>): Plan {
  const resume = streams.filter(({ stream, held }) => held === 'off' && wanted.get(stream) === 'on')
  const stop = streams.filter(({ stream, held }) => held === 'on' && wanted.get(stream) === 'off').map(({ stream }) => stream)
  if (all !== 'off' || resume.length === 0) return { stop, resume, narrow: [] }
  // Whoever had stopped all and now wants one gets that one: also what has no name stays away.
  const others = new Set<StreamName>([...streams.map(({ stream }) => stream), 'broadcast'])
  for (const { stream } of resume) others.delete(stream)
  return { stop, resume, narrow: [...others] }
}
