import { DAY_MS } from '../../../base/duration.ts'
import { MAX_AUTHORS, MAX_SHAPES, SHAPE_BITS } from './limits.ts'
import { shapeDistance } from './shape.ts'
import { hourOf, type Tally } from './tally.ts'
import type { SendingFacts } from './suspicion.ts'

/** What is remembered of an account beside its counts: the texts of the last day, and under which names it wrote. */
export interface SendMemory {
  readonly shapes: readonly { readonly shape: string; readonly recipients: number; readonly atMs: number }[]
  readonly authors: readonly { readonly author: string; readonly atMs: number }[]
}

/** Nothing yet. */
export const NO_MEMORY: SendMemory = { shapes: [], authors: [] }

/** Adds what a tally tells. Texts that are nearly the same are one text; what is older than a day is forgotten, and beyond the limits the oldest. */
export function remember(memory: SendMemory, { shapes, authors }: Pick<Tally, 'shapes' | 'authors'>, nowMs: number): SendMemory {
  const isRecent = ({ atMs }: { readonly atMs: number }): boolean => nowMs - atMs < DAY_MS
  const texts = memory.shapes.filter(isRecent).map((each) => ({ ...each }))
  for (const { shape, recipients, atMs } of shapes) {
    const same = texts.find((each) => shapeDistance(each.shape, shape) <= SHAPE_BITS)
    if (same === undefined) texts.push({ shape, recipients, atMs })
    else Object.assign(same, { recipients: same.recipients + recipients, atMs: Math.max(same.atMs, atMs) })
  }
  const names = new Map(memory.authors.filter(isRecent).map(({ author, atMs }) => [author, atMs]))
  for (const { author, atMs } of authors) names.set(author, Math.max(atMs, names.get(author) ?? 0))
  const newest = <T extends { readonly atMs: number }>(all: readonly T[], most: number): readonly T[] => all.toSorted((a, b) => b.atMs - a.atMs).slice(0, most)
  return { shapes: newest(texts, MAX_SHAPES), authors: newest([...names].map(([author, atMs]) => ({ author, atMs })), MAX_AUTHORS) }
}

/** The counts of an account in one hour of the clock. `weighed` are the recipients that count against it: a release begins anew. */
export interface HourCount {
  readonly hour: number
  readonly messages: number
  readonly recipients: number
  readonly weighed: number
  readonly strangers: number
  readonly bounces: number
  readonly malware: number
  readonly listed: number
}

/** What counts of two weeks and the memory come to. `forwardsSinceNow` is told by whoever knows of rules. */
export function factsOf(hours: readonly HourCount[], memory: SendMemory, nowMs: number, forwardsSinceNow = false): SendingFacts {
  const now = hourOf(nowMs)
  const sum = (rows: readonly HourCount[], of: Exclude<keyof HourCount, 'hour'>): number => rows.reduce((total, row) => total + row[of], 0)
  const recent = hours.filter(({ hour }) => hour >= now - 1)
  const today = hours.filter(({ hour }) => hour > now - 24)
  const before = hours.filter(({ hour }) => hour <= now - 24)
  const days = new Set(before.filter(({ recipients }) => recipients > 0).map(({ hour }) => Math.floor((now - hour) / 24))).size
  const isRecent = ({ atMs }: { readonly atMs: number }): boolean => nowMs - atMs < DAY_MS
  return {
    recentRecipients: sum(recent, 'weighed'),
    recentStrangers: sum(recent, 'strangers'),
    recentMessages: sum(recent, 'messages'),
    dayRecipients: sum(today, 'weighed'),
    usualRecipients: days === 0 ? 0 : sum(before, 'recipients') / days,
    dayBounces: sum(today, 'bounces'),
    oneTextRecipients: Math.max(0, ...memory.shapes.filter(isRecent).map(({ recipients }) => recipients)),
    authors: memory.authors.filter(isRecent).length,
    malware: sum(today, 'malware'),
    listed: sum(today, 'listed'),
    usualMessages: sum(before, 'messages'),
    usualAtThisHour: sum(before.filter(({ hour }) => hour % 24 === now % 24), 'messages'),
    forwardsSinceNow,
  }
}
