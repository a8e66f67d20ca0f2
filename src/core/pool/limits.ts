/** Days that a source counts as cold: providers judge an address by about a month of its mail. */
export const COLD_DAYS = 30

/** All hosts of a site failed this often in a row: from then on the lane waits. Fewer is a restart or a lost packet. */
export const FAILURES_BEFORE_BACK_OFF = 5

/** The first wait of a site that does not answer; it doubles with each further failure. */
export const BACK_OFF_FIRST_MS = 5 * 60_000

/** The longest wait of a site that does not answer: when it is back, its mail starts within the hour. */
export const BACK_OFF_LONGEST_MS = 60 * 60_000

/** A clock that steps back by more than this is believed; less is threads reading it out of order. */
export const CLOCK_STEP_MS = 60_000

/** Characters of a reply that rules look at. RFC 5321 §4.5.3.1.5 allows 512 octets a line; providers send up to five lines. */
export const MAX_REPLY_CHARS = 1000

/** How far apart the two halves of a pattern may stand. It bounds what a hostile reply can cost. */
export const MAX_PATTERN_GAP = 80

/** Hits of one entry that are remembered: no rule counts further than this. */
export const MAX_HITS = 20

/** Replies of the first minute belong to what was under way when the rule first hit: they are one incident. */
export const SAME_INCIDENT_MS = 60_000

/** The same hit within this time of the end of the last one doubles the duration. */
export const AGAIN_WITHIN_MS = 60 * 60_000

/** Doubling ends here. */
export const LONGEST_ADJUSTMENT_MS = 24 * 3_600_000

/** After an adjustment the lane starts at this share of what it may do... */
export const RECOVERY_START_PERCENT = 25

/** ...and doubles after each clean time of this length. */
export const RECOVERY_STEP_MS = 15 * 60_000

/** While a site is suspended, one message goes out this often, to see whether it still has to be. */
export const CANARY_EVERY_MS = 10 * 60_000

/** Canaries in a row that must arrive before a suspension ends early: one may have met the one host that knew of nothing. */
export const CANARIES_TO_LIFT = 3

/** Deliveries of a suspension that ends come due spread over this time, not all in one second. */
export const SPREAD_MS = 10 * 60_000

/** Deliveries of a suspension without an end are looked at again after this. */
export const LOOK_AGAIN_MS = 60 * 60_000

/** Characters of a reply that a suspension keeps as its reason. */
export const MAX_REASON_CHARS = 500

/** Recipients of a stream whose fate is remembered for the rule on unknown users. */
export const STREAM_WINDOW = 500

/** The share of unknown users says nothing about fewer recipients than this. */
export const STREAM_SAMPLE = 100

/** An organization's mail for one site sticks to this many sources: the provider learns few addresses for it. */
export const STICKY_SOURCES = 3

/** Labels of a host name that are looked at for a provider: RFC 1035 §2.3.4 allows 127, no provider needs 10. */
export const MAX_LABELS = 127

/** MX hosts that make a site's name: routing caps them at 20 (more are cut there). */
export const MAX_HOSTS = 20

/** Scopes whose own buckets are kept: an organization's or a stream's rate at one site while a rule holds. */
export const MAX_GATES = 10_000

/** Entries of rules that are kept: one for each rule and scope that was hit lately, about 500 bytes each. */
export const MAX_ENTRIES = 50_000

/** The longest wait that a reply may ask for: greylists say minutes; what says days is not obeyed blindly. */
export const MAX_HINT_MS = 4 * 3_600_000

/** What a stream that is slowed down still gets of a lane's rate. deliverability §4.7. */
export const SLOW_PERCENT = 25

/** Names of an address in reverse DNS that are followed: more than one is a mistake already. */
export const MAX_REVERSE_NAMES = 4

/** How often sources are looked at. One that fails twice is out of work, so it takes at most twice as long. */
export const LOOK_AT_SOURCES_EVERY_MS = 10 * 60_000

/** How long DNS may take for one look at one source. */
export const LOOK_AT_SOURCE_WITHIN_MS = 20_000

/** Organizations that are scored in one run: each asks the statistics for a week. */
export const SCORED_AT_ONCE = 100

/** Organizations whose grades are known to senders at once; further ones go with those in the middle. */
export const MAX_GRADES = 20_000

/** New domains that are known to senders at once: more than are added in three months. */
export const MAX_NEW_DOMAINS = 20_000
