/** What the reader has to know of an element. */
export interface Element {
  /** Lower-case. */
  readonly name: string
  /** Has it no end? HTML Living Standard §13.1.2. */
  readonly isVoid: boolean
  /** Is its content no markup, and not shown? `textarea` shows it, but nobody writes mail in it. */
  readonly isRaw: boolean
  /** What it puts between the text before and in it. */
  readonly apart: '\n' | ' ' | ''
  /** Which open elements its start ends: §13.1.2.4. */
  readonly ends: readonly string[]
  /** Does nothing inside it end what is open outside? */
  readonly isScope: boolean
}

/** The element of that name, lower-case. One lookup a tag; those that mail has are made once. */
export function elementOf(name: string): Element {
  return ELEMENTS.get(name) ?? { ...PLAIN, name }
}

const PLAIN: Element = { name: '', isVoid: false, isRaw: false, apart: '', ends: [], isScope: false }
const CELLS = ['td', 'th']
const ROWS = [...CELLS, 'tr']

const VOID = ['br', 'img', 'hr', 'input', 'meta', 'link', 'area', 'base', 'col', 'embed', 'source', 'track', 'wbr', 'param', 'bgsound', 'frame', 'image', 'keygen']
/** Mail programs run no scripts, so `noscript` is not among them. */
const RAW = ['script', 'style', 'title', 'textarea', 'xmp', 'iframe', 'noembed', 'noframes']
/** They begin on a new line, and end an open paragraph. */
const BLOCK = [
  'p', 'div', 'table', 'ul', 'ol', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'pre', 'hr', 'center', 'section', 'article', 'header', 'footer', 'nav',
  'aside', 'main', 'address', 'dl', 'form', 'fieldset', 'figure', 'figcaption', 'details', 'summary', 'body', 'li', 'dt', 'dd', 'tr',
]
const SCOPE = ['table', 'body', 'html', 'button', 'object', 'template']
/** Besides paragraphs. */
const ENDS: Readonly<Record<string, readonly string[]>> = {
  li: ['li'], dt: ['dt', 'dd'], dd: ['dt', 'dd'], td: CELLS, th: CELLS, tr: ROWS, tbody: ROWS, tfoot: ROWS, option: ['option'], optgroup: ['option'],
}
const PLAIN_NAMES = ['a', 'b', 'i', 'u', 'em', 'strong', 'span', 'font', 'small', 'big', 'sup', 'sub', 's', 'html', 'head', 'td', 'th', 'tbody', 'thead', 'tfoot', 'button', 'option', 'optgroup', 'object', 'template', 'label', 'select']

const ELEMENTS: ReadonlyMap<string, Element> = new Map(
  [...VOID, ...RAW, ...BLOCK, ...PLAIN_NAMES].map((name) => {
    const isBlock = BLOCK.includes(name)
    const isLine = isBlock || name === 'br'
    const ends = [...(ENDS[name] ?? []), ...(isBlock ? ['p'] : [])]
    const apart = CELLS.includes(name) ? ' ' : ''
    return [name, { name, isVoid: VOID.includes(name), isRaw: RAW.includes(name), apart: isLine ? '\n' : apart, ends, isScope: SCOPE.includes(name) }] as const
  }),
)
