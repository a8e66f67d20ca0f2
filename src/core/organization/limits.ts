/** Addresses that are confirmed in one request: a trial writes to a few. */
export const MAX_CONFIRMED = 100
