/** Elements without an end. HTML Living Standard §13.1.2. */
export const VOID: ReadonlySet<string> = new Set([
  'br', 'img', 'hr', 'input', 'meta', 'link', 'area', 'base', 'col', 'embed', 'source', 'track', 'wbr', 'param', 'bgsound', 'frame', 'image', 'keygen',
])

/** Elements whose content is not markup, and is not shown; `textarea` is, but nobody writes mail in it. Mail programs run no scripts, so `noscript` is not among them. */
export const RAW: ReadonlySet<string> = new Set(['script', 'style', 'title', 'textarea', 'xmp', 'iframe', 'noembed', 'noframes'])

/** Elements that begin on a new line. They also end an open paragraph. */
export const BLOCK: ReadonlySet<string> = new Set([
  'p', 'div', 'table', 'tr', 'ul', 'ol', 'li', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'pre', 'hr', 'center', 'section', 'article',
  'header', 'footer', 'nav', 'aside', 'main', 'address', 'dl', 'dt', 'dd', 'form', 'fieldset', 'figure', 'figcaption', 'details', 'summary', 'body',
])

/** Elements that end by themselves when one of the second kind begins. §13.1.2.4. */
export const ENDED_BY: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['li', new Set(['li'])],
  ['dt', new Set(['dt', 'dd'])],
  ['dd', new Set(['dt', 'dd'])],
  ['td', new Set(['td', 'th', 'tr', 'tbody', 'tfoot'])],
  ['th', new Set(['td', 'th', 'tr', 'tbody', 'tfoot'])],
  ['tr', new Set(['tr', 'tbody', 'tfoot'])],
  ['option', new Set(['option', 'optgroup'])],
  ['p', BLOCK],
])

/** What nothing inside of can end. */
export const SCOPE: ReadonlySet<string> = new Set(['table', 'body', 'html', 'button', 'object', 'template'])
