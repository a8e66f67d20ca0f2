/** Names that an organization may claim at a time: each is two questions to DNS whenever it is looked at. */
export const MAX_CLAIMS = 100

/** How long a claim is looked at before it has failed. Whoever needs longer asks again. */
export const CLAIM_MS = 14 * 86_400_000

/** The shortest wait between two looks: deliverability §6.4. */
export const FIRST_WAIT_MS = 60_000

/** The longest, and how often hosted domains are looked at: field S-DOM. */
export const LOOK_EVERY_MS = 6 * 3_600_000

/** Mail that receivers refuse for want of proof has domains looked at again, not sooner than this after the last look. */
export const AGAIN_AFTER_MS = 3_600_000

/** How long after it was made a hosted domain is first looked at by itself: until then its owner is publishing. */
export const FIRST_LOOK_MS = 10 * 60_000

/** DNS may take so long to answer for a claim. */
export const PROVE_WITHIN_MS = 10_000

/** Claims, and hosted domains, looked at in one run, and at once. So six hours have room for 14,400 domains. */
export const LOOKS_PER_RUN = 40
/** See `LOOKS_PER_RUN`. */
export const LOOKS_AT_ONCE = 8
