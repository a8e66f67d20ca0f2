/** Where the time comes from, so that a test can own it. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  nowMs(): number
}

/** The machine's clock. */
export const systemClock: Clock = { nowMs: () => Date.now() }
