/** Characters of where a consent was given: a form's address, or "till of the shop in Bandung". */
export const MAX_SOURCE = 500

/** Characters of the words that somebody agreed to: a long paragraph beside a box. Longer terms are named by their version. */
export const MAX_WORDING = 4_000

/** Characters of the version of these words. */
export const MAX_VERSION = 100

/** Characters of what proves it: the id of a confirmation mail, the number of a paper. */
export const MAX_PROOF = 2_000

/** Characters of how somebody asked for the end: as many as the suppression list keeps of a reason. */
export const MAX_REASON = 500

/** So far another machine's clock may be ahead of ours. */
export const CLOCK_MS = 5 * 60_000

/** How long a consent is kept after it was withdrawn: what was sent before may be asked about for so long. deliverability §8.2. */
export const PROOF_MS = 5 * 365 * 24 * 3_600_000

/** Records that a command reads at once. */
export const RECORDS_A_READ = 200
