/** How long the link of an invitation works: a week, with a week-end in it. */
export const INVITED_MS = 7 * 24 * 3_600_000

/** Invitations of one organization that wait to be followed. */
export const MAX_INVITATIONS = 100

/** Invitations of one organization: so many at once, then one in each such time. Whoever is here for a day does not write to the world in our name. */
export const PER_ORGANIZATION = { atOnce: 20, everyMs: 5 * 60_000 } as const
