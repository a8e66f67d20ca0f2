/** Octets of a body whose words are compared: what is sent to everybody says what it wants at once, and more costs time on the way in. */
export const SPIKE_BYTES = 2 * 1024

/** How long a text is remembered after it came last. deliverability §5.4 speaks of a rate; waves of spam from hired machines take minutes. */
export const SPIKE_FOR_MS = 3_600_000

/** Nets that bring one text before it is a wave: a mailing list, a company or a newsletter sends from one or two. */
export const SPIKE_NETS = 3

/** Texts that one worker remembers, the oldest go first: some 200 bytes each, and all are compared with each new one. */
export const MAX_TEXTS = 400
