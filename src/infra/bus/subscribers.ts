import type { Hear, Hints } from './bus.ts'

/** Who wants to hear what, in this thread. */
export class Subscribers {
  readonly #byTopic = new Map<string, Set<Hear>>()

  /** Topics that somebody subscribes to. */
  get topics(): number {
    return this.#byTopic.size
  }

  add(topic: string, hear: Hear): () => void {
    let hearers = this.#byTopic.get(topic)
    if (hearers === undefined) this.#byTopic.set(topic, (hearers = new Set()))
    // A function of its own each time: the same `hear` may be subscribed twice.
    const own: Hear = (hint) => hear(hint)
    hearers.add(own)
    return () => {
      const left = this.#byTopic.get(topic)
      if (left?.delete(own) === true && left.size === 0) this.#byTopic.delete(topic)
    }
  }

  tell(hints: Hints): void {
    for (const [topic, hint] of hints) {
      const hearers = this.#byTopic.get(topic)
      if (hearers === undefined) continue
      for (const hear of [...hearers]) hear(hint)
    }
  }
}
