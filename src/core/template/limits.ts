/** A subject, HTML or text of a template. Gmail cuts HTML off at 102 KB. */
export const MAX_PART_CHARS = 256 * 1024

/** Languages of one template. */
export const MAX_LOCALES = 50

/** Variables that a template declares. */
export const MAX_VARIABLES = 100

/** What is given for them, as JSON: an order with hundreds of lines fits. */
export const MAX_VALUES_CHARS = 128 * 1024

/** One part may be worked at for so long. An honest one takes less than a millisecond, on a busy machine some tens; nothing else runs in the thread meanwhile. */
export const RENDER_MS = 500

/** Characters and elements that one part may handle on its way, and what it may become: some times what it is made of. */
export const RENDER_UNITS = 2_000_000

/** What a part may become. */
export const MAX_RENDERED_CHARS = 1024 * 1024

/** Versions kept of a template, besides the published one. */
export const MAX_VERSIONS = 50

/** Parsed parts that are kept in a thread: each is some times the size of its text. */
export const MAX_PARSED = 200

/** Characters of the name of a template: a line of a list. */
export const MAX_NAME_CHARS = 200

/** How often a change is made anew because somebody else's came first: one of each round is made, so this many at once get through. */
export const MAX_CHANGE_TRIES = 20
