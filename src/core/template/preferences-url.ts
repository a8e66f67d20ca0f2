/**
 * What `{{ preferences_url }}` of a template becomes until the message has a reader, whose own address takes its place (`core/send/preferences-url.ts`). It has no character that HTML
 * escapes, and leads nowhere: RFC 2606 §2.
 */
export const PREFERENCES_URL = 'https://preferences-url.invalid/'

/** The name that templates know it by. One that a template declares or a message gives goes before. */
export const PREFERENCES_VARIABLE = 'preferences_url'
