import type { OrganizationId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { makeId } from '../../base/ids.ts'
import type { Event } from '../event/event.ts'
import type { EventLog } from '../event/follow.ts'
import { isBroadcast } from '../organization/stream/name.ts'
import { scopeKey } from '../pool/rule.ts'
import { suspend, type Suspension } from '../pool/suspension.ts'
import { judge, nextLevel } from './decide.ts'
import { MAX_CHUNKS, WINDOW_MS } from './limits.ts'
import type { ChangeStandingArgs } from './sql.ts'
import { type Finding, type Level, type Measured, readStandingName, type Standing, STANDING_READER, standingName, type StreamKey, UNMEASURED } from './standing.ts'
import { sayFinding } from './words.ts'

/** What judging streams is made of. */
export interface WatchOptions {
  readonly log: EventLog
  /** Counts what happened up to now. */
  readonly count: () => Promise<unknown>
  readonly measure: (organization: OrganizationId, fromMs: number) => Promise<ReadonlyMap<string, Measured>>
  readonly standings: (organization: OrganizationId) => Promise<readonly Standing[]>
  /** Organizations of which something is to be said, after an id. */
  readonly suspects: (after: string) => Promise<readonly OrganizationId[]>
  readonly change: (args: ChangeStandingArgs) => Promise<unknown>
  readonly judgedTo: (position: string) => Promise<unknown>
  /** Has the domains of an organization looked at: its mail was refused for want of proof whose it is. */
  readonly lookSoon: (organization: OrganizationId) => Promise<unknown>
  readonly clock: Clock
  readonly told: Log
}

/** Events after which a share may be another one. */
const TELLING: ReadonlySet<Event['type']> = new Set<Event['type']>(['delivery.delivered', 'delivery.deferred', 'delivery.failed', 'delivery.bounced', 'delivery.complained', 'delivery.answered', 'email.unsubscribed'])

/** Events handed over at once. */
const CHUNK = 500

/**
 * Judges the streams of every organization that something happened to since the last time, and of those that are slowed: their numbers get better by time alone. A
 * decision is one write with its event, so a crash at any moment decides nothing twice; the place in the log moves after it.
 */
export async function watchStreams(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { log, count, suspects, judgedTo } = options
  const judged = new Set<OrganizationId>()
  let position = await log.position(STANDING_READER)
  for (let more = true; more && !signal.aborted; ) {
    const next = await affected(log, position)
    more = next.more
    if (next.position === position) break
    await count() // So that what was read is in the numbers.
    for (const organization of next.organizations) {
      await judgeAll(options, organization)
      judged.add(organization)
    }
    for (const organization of next.unproven) await options.lookSoon(organization)
    position = next.position
    await judgedTo(position)
  }
  for (let page = await suspects(''); page.length > 0 && !signal.aborted; page = await suspects(page.at(-1) ?? '')) {
    for (const organization of page) if (!judged.has(organization)) await judgeAll(options, organization)
  }
}

interface Affected {
  readonly organizations: ReadonlySet<OrganizationId>
  /** Those whose mail somebody took for forged. */
  readonly unproven: ReadonlySet<OrganizationId>
  readonly position: string
  readonly more: boolean
}

async function affected(log: EventLog, from: string): Promise<Affected> {
  const organizations = new Set<OrganizationId>()
  const unproven = new Set<OrganizationId>()
  let position = from
  for (let chunk = 0; chunk < MAX_CHUNKS; chunk++) {
    const events = await log.after(position, CHUNK)
    for (const { type, organization, data } of events) {
      if (!TELLING.has(type)) continue
      organizations.add(organization)
      if ((data as { readonly category?: unknown }).category === 'auth-failed') unproven.add(organization)
    }
    position = events.at(-1)?.position ?? position
    if (events.length < CHUNK) return { organizations, unproven, position, more: false }
  }
  return { organizations, unproven, position, more: true }
}

async function judgeAll(options: WatchOptions, organization: OrganizationId): Promise<void> {
  const nowMs = options.clock.nowMs()
  const known = new Map((await options.standings(organization)).map((standing) => [standingName(standing), standing]))
  const measured = { day: await options.measure(organization, nowMs - WINDOW_MS.day), week: await options.measure(organization, nowMs - WINDOW_MS.week) }
  for (const name of new Set([...measured.week.keys(), ...known.keys()])) {
    const key = readStandingName(name)
    const before = known.get(name) ?? null
    if (key === null || before?.level === 'paused') continue
    const counts = await countsOf(options, { organization, ...key }, measured, before?.countedFromMs ?? 0, nowMs)
    await judgeOne(options, { organization, ...key }, before?.level ?? 'good', judge(counts), nowMs)
  }
}

type Windows = Readonly<Record<Finding['window'], ReadonlyMap<string, Measured>>>

/** Of a stream that somebody let go on only what came after that counts. */
async function countsOf({ measure }: WatchOptions, key: StreamKey, measured: Windows, countedFromMs: number, nowMs: number): Promise<Readonly<Record<Finding['window'], Measured>>> {
  const name = standingName(key)
  const since = async (window: Finding['window']): Promise<Measured> => {
    const all = countedFromMs <= nowMs - WINDOW_MS[window] ? measured[window] : await measure(key.organization, countedFromMs)
    return all.get(name) ?? UNMEASURED
  }
  return { day: await since('day'), week: await since('week') }
}

async function judgeOne({ change, told }: WatchOptions, key: StreamKey, before: Level, finding: Finding | null, nowMs: number): Promise<void> {
  // What people and programs wait for goes on; what goes to many can wait. deliverability §4.7.
  const level = nextLevel(before, finding, isBroadcast(key.stream) ? 'bulk' : 'other')
  if (level === before) return
  const suspension = finding !== null && (level === 'slowed' || level === 'paused') ? suspensionOf(key, level, finding, nowMs) : null
  await change({ key, before, level, finding: level === 'good' ? null : finding, suspension, nowMs })
  told.info(`stream.${level}`, { organization: key.organization, stream: key.stream, provider: key.provider, ...finding })
}

function suspensionOf(key: StreamKey, level: 'slowed' | 'paused', finding: Finding, nowMs: number): Suspension {
  const scope = 'stream-provider'
  const wanted = { id: makeId('x', nowMs), scope, key: scopeKey(scope, { ...key, source: '', site: key.provider }), covers: 'bulk', by: 'standing', rule: null, firstReply: null, untilMs: null, canary: false } as const
  if (wanted.key === null) throw new Error('a stream has a key')
  return suspend({ ...wanted, key: wanted.key, what: level === 'paused' ? 'pause' : 'slow', reason: `${sayFinding(finding).en}; "merpati stream resume ${standingName(key)}" lets it go on` }, nowMs)
}
