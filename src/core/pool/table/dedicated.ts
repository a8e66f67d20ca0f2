/** When an address of one's own is worth it. Our own numbers, checked 2026-11-23; providers publish none. */
export const DEDICATED = {
  /** Messages in 30 days, in two of the last three windows. */
  fromAMonth: 100_000,
  windowsOfThree: 2,
  /** Days of the last 30 with mail. */
  sendingDays: 12,
  /** What one address carries. */
  anHour: 15_000,
  aDay: 200_000,
  /** Above this a day there are two, so that one may fail. */
  twoAboveADay: 300_000,
  /** Transactional messages in 30 days that fill an address of their own. */
  separateTransactionalFrom: 100_000,
  /** Below this a day transactional mail and broadcasts do not share a dedicated address. */
  mixFromADay: 50_000,
  /** Back to shared below this in 30 days, for so many days. */
  backBelowAMonth: 30_000,
  backAfterDays: 60,
} as const

/** The least score of each grade of the shared pools; what is below B is C. */
export const GRADES = { A: 80, B: 50 } as const
