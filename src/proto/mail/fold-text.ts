/**
 * Folds text so that a search finds it whatever its case or form: both sides are folded, then compared as they are. RFC 5051.
 *
 * The RFC maps to titlecase and then decomposes by compatibility. We map to full upper case before and after, so that all it
 * calls equal stays equal, and `ß` equals `SS`, a ligature its letters, and a small letter inside a compatibility form its capital.
 */
export function foldText(text: string): string {
  if (ASCII.test(text)) return text.toUpperCase()
  return text.toUpperCase().normalize('NFKD').toUpperCase().normalize('NFKD')
}

const ASCII = /^[\0-\x7f]*$/
