import type { Log } from '../../base/log.ts'
import { MEANINGS } from '../bounce/meaning.ts'
import { BLOCKS, type Category } from '../pool/category.ts'
import type { Heard } from '../pool/shaper.ts'
import type { WarmupNewsArgs } from '../pool/sql-source.ts'
import { NO_NEWS, type WarmupNews } from '../pool/warming.ts'
import type { LeasedDelivery, Outcome } from '../queue/delivery.ts'

/** What a diary is made of. */
export interface WarmupDiaryOptions {
  /** Writes it down for the judgement of the day. */
  readonly note: (all: readonly WarmupNewsArgs[]) => Promise<void>
  readonly nowMs: () => number
  readonly log: Log
}

/** Where something happened to mail of a warming source. */
export interface Happened {
  readonly source: string
  readonly provider: string | null
  readonly settled: readonly { readonly delivery: Pick<LeasedDelivery, 'attempts'>; readonly outcome: Outcome }[]
  /** What rules made of the refusals among them. */
  readonly heard: readonly Heard[]
}

/** Gathers what happens to mail of warming sources, so that a message costs no write of its own. What is not flushed at a crash is lost: seconds of a day. */
export class WarmupDiary {
  readonly #options: WarmupDiaryOptions
  #news = new Map<string, { readonly source: string; readonly provider: string | null; readonly news: WarmupNews }>()

  constructor(options: WarmupDiaryOptions) {
    this.#options = options
  }

  /** Notes what became of tries. A day is judged by deliveries, not by tries: each counts at its first one, and is put off once. deliverability §6.1. */
  add({ source, provider, settled, heard }: Happened): void {
    const key = `${source} ${provider ?? ''}`
    const before = this.#news.get(key)?.news ?? NO_NEWS
    const tried = settled.filter(({ outcome }) => wasTried(outcome))
    const first = tried.filter(({ delivery }) => delivery.attempts === 0)
    const deferred = first.flatMap(({ outcome }) => (outcome.kind === 'deferred' ? [outcome] : []))
    const news = {
      sent: before.sent + first.length,
      deferred: before.deferred + deferred.length,
      deferredByPolicy: before.deferredByPolicy + deferred.filter(({ answer }) => isPolicy(answer.status, answer.category)).length,
      hardBounced: before.hardBounced + tried.filter(({ outcome }) => isHard(outcome)).length,
      complaints: before.complaints,
      isSuspended: before.isSuspended || heard.some(({ entries }) => entries.some(({ active }) => (active?.suspension ?? null) !== null)),
      rules: [...new Set([...before.rules, ...heard.flatMap(({ rule }) => rule?.id ?? [])])],
    }
    this.#news.set(key, { source, provider, news })
  }

  /** Writes down what was gathered. What cannot be written now is lost: the day is judged by the rest. */
  async flush(): Promise<void> {
    const all = [...this.#news.values()]
    this.#news = new Map()
    if (all.length === 0) return
    const nowMs = this.#options.nowMs()
    await this.#options.note(all.map((each) => ({ ...each, nowMs }))).catch((error: unknown) => this.#options.log.warn('outbound.warmup-not-noted', { error }))
  }
}

/** Whose turn was only cut short has not been tried. */
function wasTried(outcome: Outcome): boolean {
  return outcome.kind !== 'returned' && (outcome.kind !== 'deferred' || outcome.counted)
}

/** Nobody is there. A message that is refused for what it is, or was tried for too long, says nothing of the list. */
function isHard(outcome: Outcome): boolean {
  const category = outcome.kind === 'failed' ? outcome.answer.category : undefined
  return category !== undefined && MEANINGS[category].kind === 'hard'
}

/** RFC 3463 §3.8: what security and policy have to say. */
function isPolicy(status: string, category: Category | undefined): boolean {
  return status.startsWith('4.7.') || status.startsWith('5.7.') || (category !== undefined && BLOCKS.includes(category))
}
