import { systemClock } from '../../base/clock.ts'
import { type AutoVote, learnAlone } from '../../core/filter/bayes/sql-vote.ts'
import type { FilterEntry } from '../../core/filter/entry/entry.ts'
import { HitCounter } from '../../core/filter/entry/hits.ts'
import { countHits } from '../../core/filter/entry/sql-entry.ts'
import type { DmarcJudged } from '../../core/inbound/inspect/house.ts'
import type { SeenBook } from '../../core/filter/seen/seen-book.ts'
import { noteSeen } from '../../core/filter/seen/sql-seen-mail.ts'
import { notTaken, type NotTakenArgs } from '../../core/inbound/sql-not-taken.ts'
import { dmarcTally } from '../../core/report/dmarc-tally.ts'
import { seenOf } from '../../core/report/seen.ts'
import { countSeen } from '../../core/report/sql-dmarc-seen.ts'
import type { Services } from '../worker.ts'

/** Messages that wait to be learned: in a flood of spam the rest teaches nothing new. */
const MAX_VOTES = 20

/** Refusals written down in one interval: a flood of them must not become a flood of writes. They are counted all the same. */
const MAX_REFUSALS = 100

/** What the checks remember of mail, gathered and written down every few seconds: no message waits for it. */
export class Diary {
  readonly #services: Services
  readonly #seen: SeenBook
  readonly #hits = new HitCounter()
  readonly #dmarc: ReturnType<typeof dmarcTally>
  #votes: AutoVote[] = []
  #refusals = 0

  constructor(services: Services, seen: SeenBook) {
    this.#services = services
    this.#seen = seen
    const { db, log } = services
    this.#dmarc = dmarcTally({ write: (counted) => db.write(countSeen, { counted }), clock: systemClock, log })
  }

  hit(entry: FilterEntry): void {
    this.#hits.hit(entry, systemClock.nowMs())
  }

  learn(vote: AutoVote): void {
    if (this.#votes.length < MAX_VOTES) this.#votes.push(vote)
  }

  judged({ recipients, ...judged }: DmarcJudged): void {
    const reports = this.#services.config.reports.receive
    const seen = seenOf({ ...judged, isReport: recipients.some((address) => reports.includes(address.toLowerCase())) })
    if (seen !== null) this.#dmarc.add(seen)
  }

  /** Written down at once: whoever was refused asks soon. */
  notTaken(args: NotTakenArgs): void {
    if (this.#refusals >= MAX_REFUSALS) return
    this.#refusals += 1
    const { db, tasks } = this.#services
    tasks.add('filter.refusal-not-kept', db.write(notTaken, args, args.message))
  }

  /** Writes down what has gathered. What cannot be written is tried again, but for what is learned and DMARC's counts, which say a little less. */
  async flush(): Promise<void> {
    this.#refusals = 0
    const { db } = this.#services
    const hits = this.#hits.take()
    const notes = this.#seen.take()
    const votes = this.#votes
    this.#votes = []
    await this.#dmarc.flush()
    if (hits.length > 0) await this.#keep(db.write(countHits, { hits }), () => this.#hits.restore(hits))
    if (notes.length > 0) await this.#keep(db.write(noteSeen, { notes }), () => this.#seen.restore(notes))
    if (votes.length > 0) await this.#keep(db.write(learnAlone, { votes }), () => {})
  }

  async #keep(written: Promise<unknown>, restore: () => void): Promise<void> {
    try {
      await written
    } catch (error) {
      restore()
      this.#services.log.warn('filter.diary-not-kept', { error })
    }
  }
}
