/** Where the value of an `href` stands in HTML. */
export interface LinkPlace {
  readonly start: number
  readonly end: number
  /** Its element has `data-no-track`. */
  readonly isExempt: boolean
}

/** What the rewriter needs to know of HTML. */
export interface ScannedLinks {
  /** Of `<a>` and `<area>`, in order. */
  readonly links: readonly LinkPlace[]
  /** Where something may be added at the end: before the last `</body>`, else at the end; null when the text ends inside of something. */
  readonly bodyEnd: number | null
}

/** Elements whose content is text until their own end tag: nothing in it is a link. HTML Living Standard §13.2.6.2. */
const RAW: ReadonlySet<string> = new Set(['script', 'style', 'title', 'textarea', 'xmp', 'iframe', 'noembed', 'noframes', 'noscript', 'plaintext', 'svg', 'math', 'template', 'select'])

/** Finds links as browsers do (HTML Living Standard §13.2.5): not in comments, scripts or styles. Looks at each character once or twice. */
export function scanLinks(html: string): ScannedLinks {
  const links: LinkPlace[] = []
  let bodyEnd: number | null = null
  let at = 0
  for (;;) {
    const mark = html.indexOf('<', at)
    if (mark === -1) return { links, bodyEnd: bodyEnd ?? html.length }
    if (/^<\/body[\t\n\f\r />]/i.test(html.slice(mark, mark + 8))) bodyEnd = mark
    const next = pastMarkup(html, mark, links)
    if (next === -1) return { links, bodyEnd }
    at = next
  }
}

/** Where the text after the markup that begins at `mark` begins; -1 when it never ends. */
function pastMarkup(html: string, mark: number, links: LinkPlace[]): number {
  if (html.startsWith('<!--', mark)) return pastComment(html, mark + 4)
  const next = html.charAt(mark + 1)
  if (next === '') return -1
  if (next === '!' || next === '?') return past(html, '>', mark + 2)
  if (next === '/') return /[a-z]/i.test(html.charAt(mark + 2)) ? tagAt(html, mark + 2).end : past(html, '>', mark + 2)
  if (!/[a-z]/i.test(next)) return mark + 1
  const tag = tagAt(html, mark + 1)
  if (tag.end === -1) return -1
  if (tag.href !== null && (tag.name === 'a' || tag.name === 'area')) links.push({ ...tag.href, isExempt: tag.isExempt })
  return RAW.has(tag.name) ? pastRaw(html, tag.name, tag.end) : tag.end
}

interface Tag {
  readonly name: string
  readonly href: { readonly start: number; readonly end: number } | null
  readonly isExempt: boolean
  /** -1: it is never closed. */
  readonly end: number
}

// One attribute with what separates it from the one before. HTML has five blanks; `\s` has more. No character is looked at more than twice.
const ATTRIBUTE = /[\t\n\f\r /]*([^\t\n\f\r />][^\t\n\f\r />=]*)?(?:[\t\n\f\r ]*(=)[\t\n\f\r ]*(?:"([^"]*)"|'([^']*)'|([^\t\n\f\r >"'][^\t\n\f\r >]*))?)?/dy

function tagAt(html: string, from: number): Tag {
  const name = /[^\t\n\f\r />]*/y
  name.lastIndex = from
  const tag = (name.exec(html)?.[0] ?? '').toLowerCase()
  let href: Tag['href'] = null
  let isExempt = false
  ATTRIBUTE.lastIndex = from + tag.length
  for (;;) {
    const at = ATTRIBUTE.lastIndex
    if (html.charAt(at) === '>') return { name: tag, href, isExempt, end: at + 1 }
    const found = ATTRIBUTE.exec(html)
    const span = found?.indices?.slice(3, 6).find((each) => each !== undefined)
    // Nothing is left, or a quote is never closed: the tag is dropped with all that follows.
    if (found === null || ATTRIBUTE.lastIndex === at || (found[2] === '=' && span === undefined && /["']/.test(html.charAt(ATTRIBUTE.lastIndex)))) return { name: tag, href, isExempt, end: -1 }
    const attribute = (found[1] ?? '').toLowerCase()
    if (attribute === 'data-no-track') isExempt = true
    if (attribute === 'href' && href === null && span !== undefined) href = { start: span[0], end: span[1] } // The first of two holds.
  }
}

function pastRaw(html: string, name: string, from: number): number {
  if (name === 'plaintext') return -1
  const end = new RegExp(`</${name}(?=[\\t\\n\\f\\r />])`, 'gi')
  end.lastIndex = from
  const found = end.exec(html)
  return found === null ? -1 : tagAt(html, found.index + 2).end
}

/** `<!-->`, `<!--->` and `--!>` end a comment, too. §13.2.5.43 to 51. */
function pastComment(html: string, from: number): number {
  const short = /-?>/y
  short.lastIndex = from
  if (short.test(html)) return short.lastIndex
  const end = /--!?>/g
  end.lastIndex = from
  return end.test(html) ? end.lastIndex : -1
}

function past(html: string, text: string, from: number): number {
  const found = html.indexOf(text, from)
  return found === -1 ? -1 : found + text.length
}
