/** What a hint may carry: little, and only what saves the hearer a look. */
export type Hint = Readonly<Record<string, string | number | boolean | null>>

/** Called with a hint. Must not throw, nor do long work: it wakes whoever waits. */
export type Hear = (hint: Hint) => void

/**
 * Says "something has changed here" to every thread and node, so that waiters need not wait for their next poll.
 *
 * Hints only: they may be lost, repeated, or overtaken, and of several on one topic in one turn only the last is
 * sent. Whoever waits also polls. A topic is a kind and an id: `account:a0QL...`.
 */
export interface Bus extends AsyncDisposable {
  /** Tells all subscribers of `topic`, those of this thread too; never before it returns. */
  publish(topic: string, hint: Hint): void
  /** Hears of `topic` until the returned function is called. */
  subscribe(topic: string, hear: Hear): () => void
}

/** Hints on their way together: one entry a topic. */
export type Hints = readonly (readonly [topic: string, hint: Hint])[]
