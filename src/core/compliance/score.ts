import { isHard } from '../bounce/meaning.ts'
import { type Grade, gradeOf } from '../pool/dedicated.ts'
import type { Texts } from '../pool/text.ts'
import { type Rates, ratesOf } from '../stats/answer.ts'
import type { Row } from '../stats/asked.ts'
import { type Counter, type Counts, plus } from '../stats/counter.ts'
import type { DomainFacts } from './compliance.ts'

/** A score from 0 to 100 with its grade (deliverability §3.8), and what was taken off for what. */
export interface Score {
  readonly points: number
  readonly grade: Grade
  readonly parts: readonly { readonly name: keyof typeof PARTS; readonly taken: number; readonly most: number; readonly text: Texts }[]
}

/** How much each is worth, and the share at which all of it is taken. Our own numbers, at the limits of deliverability §4.7. */
const PARTS = {
  complaints: { most: 40, at: 0.003, text: { en: 'complaints of seven days', id: 'keluhan tujuh hari' } },
  'hard-bounces': { most: 25, at: 0.05, text: { en: 'bounces for good of seven days', id: 'bounce permanen tujuh hari' } },
  blocks: { most: 15, at: 0.2, text: { en: 'blocks of seven days', id: 'blokir tujuh hari' } },
  authentication: { most: 20, at: 0.2, text: { en: 'messages that failed DMARC, of those reported in 30 days', id: 'pesan yang gagal DMARC, dari yang dilaporkan dalam 30 hari' } },
} as const

/** What providers are likely to think, as far as we can see it. Each part is taken in proportion to its share. */
export function scoreOf({ rates, reported }: Pick<DomainFacts, 'rates' | 'reported'>): Score {
  const all = reported.passed + reported.failed
  const shares = { complaints: rates.complaint, 'hard-bounces': rates.hardBounce, blocks: rates.blockBounce, authentication: all === 0 ? null : reported.failed / all }
  const parts = (Object.keys(PARTS) as readonly (keyof typeof PARTS)[]).map((name) => {
    const { most, at, text } = PARTS[name]
    return { name, most, text, taken: Math.round(Math.min(1, (shares[name] ?? 0) / at) * most) }
  })
  const points = 100 - parts.reduce((sum, { taken }) => sum + taken, 0)
  return { points, grade: gradeOf(points), parts }
}

/** The rates of rows told apart by category. What was taken and came back, because there is no such address, was an address that does not exist all the same, and counts with those: as for streams (`core/standing`). */
export function ratesSeen(rows: readonly Row[]): Rates {
  const sum: Partial<Record<Counter, number>> = {}
  for (const { group, counts } of rows) plus(sum, isHard(group) ? withLate(counts) : counts)
  return ratesOf(sum)
}

function withLate({ hard = 0, late = 0, ...counts }: Counts): Counts {
  return { ...counts, hard: hard + late, late: 0 }
}
