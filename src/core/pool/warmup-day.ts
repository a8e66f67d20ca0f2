import { sayMs } from './text.ts'
import type { Texts } from './text.ts'
import {
  COMPLAINT_SAMPLE, DAY_LIMITS, SAMPLE, STEP_BACK, STOP_MS, STOPPING_RULES, TOO_FEW, USED_SHARE, WARMUP_GROUPS,
} from './table/warmup.ts'
import type { WarmupGroup } from './table/warmup.ts'
import { capOnDay } from './warmup.ts'
import type { GroupState, WarmupState } from './warmup.ts'

/** What happened in one day between one source and one group. */
export interface DayFacts {
  /** Messages that were tried. */
  readonly sent: number
  readonly deferred: number
  /** Those of `deferred` whose reason was policy or reputation. */
  readonly deferredByPolicy: number
  readonly hardBounced: number
  readonly complaints: number
  /** Is a suspension in force? */
  readonly isSuspended: boolean
  /** Rules that were hit. */
  readonly rules: readonly string[]
}

/** What becomes of a plan after a day. `free`: too little mail to say anything; it follows the others. */
export type DayStep = 'advance' | 'free' | 'hold' | 'step-back' | 'stop'

/** A day's judgement, with its reasons for people. */
export interface DayVerdict {
  readonly step: DayStep
  readonly reasons: readonly Texts[]
  /** It held because too little was sent, and nothing was wrong. */
  readonly wasUnused?: true
}

/**
 * Judges a day of one group. It advances only if everything was well and enough was sent to tell. On small days the sample is what the
 * cap allows: with the plain rule of a hundred messages, a first day of 50 could never end.
 */
export function judgeDay(cap: number, facts: DayFacts): DayVerdict {
  const blocked = facts.rules.filter((rule) => STOPPING_RULES.includes(rule))
  if (blocked.length > 0) return verdict('stop', SAY.blocked(blocked.join(', ')))
  const found = judgeNumbers(cap, facts)
  const wasWell = found.step === 'advance' || found.step === 'free' || found.wasUnused === true
  return facts.isSuspended && wasWell ? verdict('hold', SAY.suspended) : found
}

function judgeNumbers(cap: number, facts: DayFacts): DayVerdict {
  const used = Math.ceil(cap * USED_SHARE)
  const enough = Math.min(SAMPLE, used)
  if (facts.sent < Math.min(TOO_FEW, enough)) return verdict('free', SAY.few(facts.sent))
  const over = METRICS.map((metric) => ({ ...metric, times: timesOver(facts, metric.name) })).filter(({ times }) => times >= 1)
  const worst = Math.max(0, ...over.map(({ times }) => times))
  const reasons = over.map(({ en, id, name, times }) => {
    const percent = Number((DAY_LIMITS[name] * times * 100).toFixed(2))
    const limit = DAY_LIMITS[name] * 100
    return { en: `${en}: ${percent} %, the limit is ${limit} %.`, id: `${id}: ${percent} %, batasnya ${limit} %.` }
  })
  if (worst > STEP_BACK.stopTimes) return { step: 'stop', reasons }
  if (worst > STEP_BACK.fromTimes) return { step: 'step-back', reasons }
  if (worst >= 1) return { step: 'hold', reasons }
  if (facts.sent < used) return { ...verdict('hold', SAY.unused(facts.sent, cap)), wasUnused: true }
  return verdict('advance', SAY.well(facts.sent))
}

/** Ends a day at `endMs`, however late that is asked for: the state of the next one, and the verdict for each group. Groups without mail follow the furthest that earned its day. */
export function endOfDay(
  { plan, groups }: WarmupState,
  facts: Readonly<Record<WarmupGroup, DayFacts>>,
  endMs: number,
): { readonly state: WarmupState; readonly verdicts: Readonly<Record<WarmupGroup, DayVerdict>> } {
  const judge = (group: WarmupGroup): DayVerdict => {
    const { day, stoppedUntilMs } = groups[group]
    if (stoppedUntilMs !== null && endMs < stoppedUntilMs) return verdict('hold', SAY.stopped)
    return judgeDay(capOnDay(plan, group, day), facts[group])
  }
  const verdicts = mapGroups(judge)
  const judged = mapGroups((group) => afterDay(groups[group], verdicts[group].step, endMs))
  const furthest = Math.max(...WARMUP_GROUPS.map((group) => judged[group].earned))
  const next = mapGroups((group): GroupState => {
    const now = judged[group]
    if (verdicts[group].step !== 'free' || now.isHeldBack || now.day >= furthest) return now
    return { ...now, day: now.day + 1 }
  })
  return { state: { plan, groups: next }, verdicts }
}

function afterDay(state: GroupState, step: DayStep, endMs: number): GroupState {
  const { day } = state
  const stoppedUntilMs = state.stoppedUntilMs !== null && endMs >= state.stoppedUntilMs ? null : state.stoppedUntilMs
  switch (step) {
    case 'advance': return { day: day + 1, earned: day + 1, stoppedUntilMs, isHeldBack: false }
    case 'free':
    case 'hold': return { ...state, stoppedUntilMs }
    case 'step-back': return { ...stepBack(state), stoppedUntilMs }
    case 'stop': return { ...stepBack(state), stoppedUntilMs: endMs + STOP_MS }
  }
}

function stepBack({ day, earned }: GroupState): Omit<GroupState, 'stoppedUntilMs'> {
  const back = Math.max(1, day - STEP_BACK.days)
  return { day: back, earned: Math.min(back, earned), isHeldBack: true }
}

const METRICS = [
  { name: 'deferred', en: 'Deferred', id: 'Ditunda' },
  { name: 'deferredByPolicy', en: 'Deferred by policy', id: 'Ditunda karena kebijakan' },
  { name: 'hardBounced', en: 'Hard bounces', id: 'Bounce permanen' },
  { name: 'complaints', en: 'Complaints', id: 'Keluhan' },
] as const

const SAY = {
  blocked: (rules: string): Texts => ({
    en: `The provider blocked the address (rule ${rules}).`,
    id: `Penyedia memblokir alamat IP ini (aturan ${rules}).`,
  }),
  suspended: { en: 'Mail to the provider is suspended.', id: 'Surat ke penyedia ini sedang ditangguhkan.' },
  stopped: { en: 'The plan is stopped.', id: 'Rencana sedang dihentikan.' },
  few: (sent: number): Texts => ({ en: `Only ${sent} messages: nothing to judge.`, id: `Hanya ${sent} pesan: belum dapat dinilai.` }),
  unused: (sent: number, cap: number): Texts => ({
    en: `Only ${sent} of ${cap} messages were used.`,
    id: `Hanya ${sent} dari ${cap} pesan terpakai.`,
  }),
  well: (sent: number): Texts => ({ en: `${sent} messages, all well.`, id: `${sent} pesan, semua baik.` }),
} as const

/** How often the limit was reached. Few messages count as a sample's worth, so that one accident is no trend. */
function timesOver(facts: DayFacts, name: keyof typeof DAY_LIMITS): number {
  const among = Math.max(facts.sent, name === 'complaints' ? COMPLAINT_SAMPLE : SAMPLE)
  // Rounded, so that what is exactly on a limit is not put beside it by a binary fraction.
  return Number((facts[name] / among / DAY_LIMITS[name]).toFixed(6))
}

function verdict(step: DayStep, reason: Texts): DayVerdict {
  return { step, reasons: [reason] }
}

function mapGroups<T>(make: (group: WarmupGroup) => T): Readonly<Record<WarmupGroup, T>> {
  return { gmail: make('gmail'), microsoft: make('microsoft'), yahoo: make('yahoo'), apple: make('apple'), other: make('other') }
}

/** What a stop is called in an alert. */
export function sayStop(group: WarmupGroup, { reasons }: DayVerdict): Texts {
  const why = { en: reasons.map(({ en }) => en).join(' '), id: reasons.map(({ id }) => id).join(' ') }
  return {
    en: `Warm-up with ${group} is stopped for ${sayMs(STOP_MS)}. ${why.en}`,
    id: `Pemanasan dengan ${group} dihentikan ${sayMs(STOP_MS)}. ${why.id}`,
  }
}
