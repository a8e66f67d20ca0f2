import type { Reply } from '../reply.ts'
import { type Fate, type LostHow, lostAt, type Obstacle, refusedBy, type Stage } from './fate.ts'

/** The fates of a transaction's recipients while they are decided. A fate once written stays. */
export class Ledger {
  readonly #fates: (Fate | null)[]
  /** Recipients that the server took, by their place in the message, in the order of their replies. */
  readonly accepted: number[] = []

  /** Begins with what we decide ourselves. */
  constructor(obstacles: readonly (Obstacle | null)[]) {
    this.#fates = obstacles.map((obstacle) => {
      if (obstacle === null) return null
      const kind = obstacle === 'too-many-recipients' ? 'temporary' : 'permanent'
      return { kind, stage: 'mail', cause: { by: 'us', obstacle } }
    })
  }

  /** Those not decided yet. */
  open(): readonly number[] {
    return [...this.#fates.keys()].filter((index) => this.#fates[index] === null)
  }

  /** Decides one. */
  settle(index: number, fate: Fate): void {
    this.#fates[index] ??= fate
  }

  /** One reply refuses all that are open. */
  refuse(stage: Stage, reply: Reply): void {
    this.#settleOpen(refusedBy(stage, reply))
  }

  /** The connection was lost before the end of the message was sent: nobody has it. */
  lose(stage: Stage, how: LostHow): void {
    this.#settleOpen(lostAt(stage, how))
  }

  /** The connection was lost after the end of the message: the server may have it for all that are open. */
  doubt(how: LostHow): void {
    this.#settleOpen({ kind: 'unknown', stage: 'final', how })
  }

  /** All fates, in the order of the recipients. */
  fates(): readonly Fate[] {
    return this.#fates.map((fate) => {
      if (fate === null) throw new Error('a recipient was left without a fate')
      return fate
    })
  }

  #settleOpen(fate: Fate): void {
    for (let index = 0; index < this.#fates.length; index++) this.#fates[index] ??= fate
  }
}
