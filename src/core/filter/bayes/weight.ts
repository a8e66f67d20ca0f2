/** What is learned counts half as much after this time. deliverability §5.8. */
const HALF_LIFE_MS = 180 * 24 * 3_600_000

/** Half-lives are counted from here. */
const BEGIN_MS = Date.UTC(2026, 0, 1)

/** 2^30 units a message leave room for four million messages in an exact number: until the year 2040. */
const MAX_HALF_LIVES = 30

/**
 * How many units a message counts that is learned at this time. Instead of halving all counts every half-life, which could never be taken back exactly, what is
 * learned later counts twice as much: only the ratio matters, and unlearning subtracts what was added.
 */
export function unitsAt(atMs: number): number {
  return 2 ** Math.min(MAX_HALF_LIVES, Math.max(0, Math.floor((atMs - BEGIN_MS) / HALF_LIFE_MS)))
}
