/** Alerts that are open at a time, of all organizations, and facts of one kind that are looked at: whoever has more of them has one trouble, not many. */
export const MAX_ALERTS = 500

/** How long a resolved alert is kept for whoever looks back. */
export const KEPT_MS = 90 * 24 * 3_600_000
