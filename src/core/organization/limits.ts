/** Addresses that are confirmed in one request: a trial writes to a few. */
export const MAX_CONFIRMED = 100

/** Organizations on trial that are known at once: more than sign up in two weeks. */
export const MAX_TRIALS = 10_000
