/** What the reader needs of a start tag's attributes. One object serves all tags: it is filled anew for each. */
export interface Tag {
  /** Lower-case. */
  name: string
  href: string
  src: string
  action: string
  style: string
  /** Of `<font color>`. */
  color: string
  /** Of `bgcolor`. */
  ground: string
  /** The type of a script. */
  type: string
  /** Has it a class, an id or a picture behind it, through which a style sheet or a file decides how it looks? */
  isStyled: boolean
  isHidden: boolean
  /** Is it at most one pixel wide or high? */
  isPixel: boolean
}

/** An empty tag. */
export function emptyTag(): Tag {
  return { name: '', href: '', src: '', action: '', style: '', color: '', ground: '', type: '', isStyled: false, isHidden: false, isPixel: false }
}

/**
 * Reads the start tag whose name begins at `from` into `tag`; returns where the text after it begins, or -1 when the tag is never closed:
 * browsers drop it then, with all that follows. HTML Living Standard §13.2.5.8 and §13.2.5.32 to 39. Looks at each character once.
 */
export function readTag(html: string, from: number, tag: Tag): number {
  const nameEnd = endOfName(html, from)
  reset(tag)
  tag.name = lowerSlice(html, from, nameEnd)
  let at = nameEnd
  for (;;) {
    while (isBlank(html.charCodeAt(at)) || html.charCodeAt(at) === SLASH) at++
    if (at >= html.length) return -1
    if (html.charCodeAt(at) === GREATER) return at + 1
    const start = at
    at = endOfAttribute(html, at + 1)
    const end = at
    while (isBlank(html.charCodeAt(at))) at++
    if (html.charCodeAt(at) !== EQUALS) {
      note(html, start, end, end, end, tag)
      continue
    }
    at++
    while (isBlank(html.charCodeAt(at))) at++
    const quote = html.charCodeAt(at)
    if (quote === QUOTE || quote === APOSTROPHE) {
      const close = html.indexOf(quote === QUOTE ? '"' : "'", at + 1)
      if (close === -1) return -1
      note(html, start, end, at + 1, close, tag)
      at = close + 1
    } else {
      const valueStart = at
      while (at < html.length && !isBlank(html.charCodeAt(at)) && html.charCodeAt(at) !== GREATER) at++
      note(html, start, end, valueStart, at, tag)
    }
  }
}

/** Where the name of a tag ends: at a blank, a slash or the bracket. */
export function endOfName(html: string, from: number): number {
  let at = from
  for (; at < html.length; at++) {
    const code = html.charCodeAt(at)
    if (isBlank(code) || code === SLASH || code === GREATER) break
  }
  return at
}

/** A slice of `html` in lower case. Most names are already. */
export function lowerSlice(html: string, from: number, to: number): string {
  const text = html.slice(from, to)
  for (let at = from; at < to; at++) {
    const code = html.charCodeAt(at)
    if ((code >= 0x41 && code <= 0x5a) || code > 0x7f) return text.toLowerCase()
  }
  return text
}

/** Is this a letter of ASCII? */
export function isLetter(code: number): boolean {
  return (code | 32) >= 0x61 && (code | 32) <= 0x7a
}

/** Space, tab, CR, LF or form feed. */
export function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d && code !== 0x0b)
}

const QUOTE = 0x22
const APOSTROPHE = 0x27
const SLASH = 0x2f
const EQUALS = 0x3d
const GREATER = 0x3e

/** Field by field, because it is done for each tag and this is a tenth of the time that `Object.assign` takes. */
function reset(tag: Tag): void {
  tag.href = ''
  tag.src = ''
  tag.action = ''
  tag.style = ''
  tag.color = ''
  tag.ground = ''
  tag.type = ''
  tag.isStyled = false
  tag.isHidden = false
  tag.isPixel = false
}

function endOfAttribute(html: string, from: number): number {
  let at = from
  for (; at < html.length; at++) {
    const code = html.charCodeAt(at)
    if (isBlank(code) || code === SLASH || code === GREATER || code === EQUALS) break
  }
  return at
}

/** Takes one attribute in when it is one of ours. The first of two with one name holds. */
function note(html: string, start: number, end: number, valueStart: number, valueEnd: number, tag: Tag): void {
  const length = end - start
  if (length < 2 || length > 10) return
  switch (lowerSlice(html, start, end)) {
    case 'href':
      if (tag.href === '') tag.href = html.slice(valueStart, valueEnd)
      break
    case 'src':
      if (tag.src === '') tag.src = html.slice(valueStart, valueEnd)
      break
    case 'action':
    case 'formaction':
      if (tag.action === '') tag.action = html.slice(valueStart, valueEnd)
      break
    case 'style':
      if (tag.style === '') tag.style = html.slice(valueStart, valueEnd)
      break
    case 'color':
      if (tag.color === '') tag.color = html.slice(valueStart, valueEnd)
      break
    case 'bgcolor':
      if (tag.ground === '') tag.ground = html.slice(valueStart, valueEnd)
      break
    case 'type':
      if (tag.type === '') tag.type = html.slice(valueStart, valueEnd).toLowerCase()
      break
    case 'class':
    case 'id':
    case 'background':
      tag.isStyled = true
      break
    case 'hidden':
      tag.isHidden = true
      break
    case 'width':
    case 'height':
      tag.isPixel ||= isOnePixel(html.slice(valueStart, valueEnd))
      break
  }
}

function isOnePixel(value: string): boolean {
  return value === '1' || value === '0' || value === '1px' || value === '0px'
}
