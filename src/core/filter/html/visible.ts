/**
 * Text without the characters that take no room: zero-width ones, soft hyphens, joiners, direction marks, tags. Words are cut with them to pass
 * filters, and honest newsletters fill the line below the subject with them.
 */
export function withoutInvisible(text: string): string {
  return INVISIBLE.test(text) ? text.replace(EVERY_INVISIBLE, '') : text
}

const CLASS = '[\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2064\\u2066-\\u206f\\ufeff\\ufff9-\\ufffb]|\\udb40[\\udc00-\\udc7f]'
const INVISIBLE = new RegExp(CLASS)
const EVERY_INVISIBLE = new RegExp(`(?:${CLASS})+`, 'g')
