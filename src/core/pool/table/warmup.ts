/** Providers that judge a new address by themselves; `other` is each other site. */
export type WarmupGroup = 'gmail' | 'microsoft' | 'yahoo' | 'apple' | 'other'

/** All groups. */
export const WARMUP_GROUPS: readonly WarmupGroup[] = ['gmail', 'microsoft', 'yahoo', 'apple', 'other']

/** Which providers count together. */
export const GROUP_OF: ReadonlyMap<string, WarmupGroup> = new Map([
  ['gmail', 'gmail'], ['ms-consumer', 'microsoft'], ['m365', 'microsoft'], ['yahoo', 'yahoo'], ['apple', 'apple'],
])

/** Messages a day from one source: to each group, to each site of `other`, and in all. */
export type WarmupDay = Readonly<Record<WarmupGroup | 'total', number>>

/**
 * The standard plan. Published ones differ by a factor of ten; this one is on the slow side of their middle. Our own, checked
 * 2026-11-23.
 */
export const WARMUP_DAYS: readonly WarmupDay[] = [
  day(50, 40, 50, 20, 20, 200), // Day 1.
  day(100, 80, 100, 40, 30, 400),
  day(200, 150, 200, 60, 50, 800),
  day(350, 250, 350, 100, 80, 1400),
  day(600, 400, 600, 150, 120, 2400),
  day(1000, 700, 900, 250, 180, 4000),
  day(1500, 1000, 1400, 400, 250, 6000),
  day(2000, 1400, 1900, 500, 350, 8000),
  day(2800, 1900, 2500, 700, 450, 11_000),
  day(3800, 2500, 3400, 900, 600, 15_000), // Day 10.
  day(5000, 3300, 4500, 1200, 800, 20_000),
  day(6500, 4200, 5800, 1500, 1000, 26_000),
  day(8500, 5400, 7500, 1900, 1300, 33_000),
  ...twice(day(10_500, 6800, 9500, 2400, 1600, 42_000)), // Days 14 and 15.
  ...twice(day(14_000, 9000, 12_500, 3200, 2200, 55_000)),
  ...twice(day(18_500, 12_000, 16_500, 4300, 3000, 72_000)),
  ...twice(day(24_000, 15_500, 21_000, 5600, 4000, 95_000)), // Days 20 and 21.
  ...twice(day(31_000, 20_000, 27_000, 7200, 5200, 120_000)),
  ...twice(day(39_000, 25_000, 34_000, 9000, 6600, 150_000)),
  ...twice(day(48_000, 31_000, 42_000, 11_000, 8200, 185_000)),
  ...twice(day(58_000, 38_000, 50_000, 13_500, 10_000, 220_000)), // Days 28 and 29.
  day(70_000, 46_000, 60_000, 16_000, 12_000, 260_000), // Day 30.
]

/** After the last day of the plan the caps grow by this each day. */
export const GROWTH_AFTER_PERCENT = 20

/** The pace of each profile: days that a step lasts, percent of its caps, and the target a day where the operator sets none. */
export const WARMUP_PROFILES = {
  standard: { daysPerStep: 1, percent: 100, targetPerDay: 1_000_000 },
  careful: { daysPerStep: 2, percent: 100, targetPerDay: 1_000_000 },
  small: { daysPerStep: 2, percent: 100, targetPerDay: 5000 },
  migration: { daysPerStep: 1, percent: 200, targetPerDay: 1_000_000 },
} as const

/** What a day must stay below to count as a good one, as a share of what was sent. */
export const DAY_LIMITS = { deferred: 0.05, deferredByPolicy: 0.02, hardBounced: 0.02, complaints: 0.001 } as const

/** A day counts when at least this share of its cap was used. */
export const USED_SHARE = 0.6

/** Fewer messages than this say nothing good; a day's cap may be smaller still. */
export const SAMPLE = 100

/** Fewer messages than this say nothing at all. */
export const TOO_FEW = 20

/** Complaints are so few that they are counted against no less than this many messages: one of 150 is an accident. */
export const COMPLAINT_SAMPLE = 1000

/** A metric over its limit by up to 2 holds, by up to 5 steps back this many days, by more stops. */
export const STEP_BACK = { fromTimes: 2, stopTimes: 5, days: 2 } as const

/** How long a plan that was stopped sends nothing. */
export const STOP_MS = 48 * 3_600_000

/** A hit of one of these rules stops the plan: the provider has blocked the address. */
export const STOPPING_RULES: readonly string[] = ['A5', 'A16', 'A28', 'A37']

/** A source that was silent this many days starts again with this percent of what it had reached; 0 is the first day. */
export const IDLE_DECAY = [{ overDays: 90, percent: 0 }, { overDays: 30, percent: 25 }, { overDays: 13, percent: 50 }] as const

/** Who gets the first mail: recipients who opened or clicked within so many days, up to that day of the plan. */
export const AUDIENCE = [
  { toDay: 14, engagedWithinDays: 30 }, { toDay: 21, engagedWithinDays: 60 }, { toDay: 30, engagedWithinDays: 90 },
] as const

/** A From domain that is new warms up too, on whatever source: with this percent of the table. */
export const NEW_DOMAIN_PERCENT = 50

/** The day's cap is spread: an hour gets one part of so many. */
export const HOURS_A_DAY = 12

function day(gmail: number, microsoft: number, yahoo: number, apple: number, other: number, total: number): WarmupDay {
  return { gmail, microsoft, yahoo, apple, other, total }
}

function twice(one: WarmupDay): readonly WarmupDay[] {
  return [one, one]
}
