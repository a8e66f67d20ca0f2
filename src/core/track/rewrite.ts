import { MAX_LINKS } from './limits.ts'
import { scanLinks } from './scan-links.ts'
import { targetOf } from './target.ts'

/** What is put into the HTML of a message. */
export interface RewriteOptions {
  /** The address of the link with this number; null to leave links alone. */
  readonly click: ((link: number) => string) | null
  /** The address of the picture that tells of an opening; null for none. */
  readonly open: string | null
  /** The address that only programs follow; null for none. It goes in when a link is counted. */
  readonly honeypot: string | null
  /** How addresses begin by which readers stop mail: they lead there at once. */
  readonly stop?: string
}

/** HTML with addresses of ours in it. */
export interface Rewritten {
  readonly html: string
  /** Where links lead, by their numbers. The same target has one number. */
  readonly targets: readonly string[]
  /** False when there was no place for the picture, or none was wanted. */
  readonly hasPicture: boolean
}

/**
 * Lets links of HTML lead through us, and puts in what tells of openings. Only values of `href` in `<a>` and `<area>` change, and only those that are http
 * or https; an element with the attribute `data-no-track` stays as it is. Everything else is the same text as before. Linear, whatever the HTML is.
 */
export function rewriteHtml(html: string, { click, open, honeypot, stop }: RewriteOptions): Rewritten {
  const { links, bodyEnd } = scanLinks(html)
  const numbers = new Map<string, number>()
  const edits: Edit[] = []
  for (const { start, end, isExempt } of click === null ? [] : links) {
    const target = isExempt ? null : targetOf(html.slice(start, end))
    const number = target === null || (stop !== undefined && target.startsWith(stop)) ? undefined : numberOf(numbers, target)
    if (number !== undefined && click !== null) edits.push({ start, end, text: click(number) })
  }
  // Behind a tag or a comment that is never closed nobody would see it.
  if (bodyEnd !== null) edits.push({ start: bodyEnd, end: bodyEnd, text: addedOf(open, numbers.size === 0 ? null : honeypot) })
  return { html: edited(html, edits.toSorted((a, b) => a.start - b.start)), targets: [...numbers.keys()], hasPicture: bodyEnd !== null && open !== null }
}

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

function edited(html: string, edits: readonly Edit[]): string {
  const parts: string[] = []
  let at = 0
  for (const { start, end, text } of edits) {
    parts.push(html.slice(at, start), text)
    at = end
  }
  return parts.join('') + html.slice(at)
}

function numberOf(numbers: Map<string, number>, target: string): number | undefined {
  const known = numbers.get(target)
  if (known !== undefined || numbers.size >= MAX_LINKS) return known
  numbers.set(target, numbers.size)
  return numbers.size - 1
}

/** The link has no text, so nothing is hidden; keyboards and screen readers pass it by. */
function addedOf(open: string | null, honeypot: string | null): string {
  const trap = honeypot === null ? '' : `<a href="${honeypot}" tabindex="-1" aria-hidden="true" style="display:inline-block;width:1px;height:1px"></a>`
  return trap + (open === null ? '' : `<img src="${open}" width="1" height="1" alt="" style="border:0">`)
}
