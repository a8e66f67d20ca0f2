import { rememberedText } from '../../../base/remembered.ts'
import { MAX_IMPLIED_STEPS, MAX_KNOWN_TEXTS, MAX_OPEN_ELEMENTS, MAX_SHOWN_CHARS, MAX_STYLES, MAX_TEXT_CHARS } from '../limits.ts'
import type { HtmlTraits } from '../mail-content.ts'
import { type Element, elementOf } from './element.ts'
import { decodeEntities } from './entity.ts'
import { looksAlike, readColor, readStyle, type Style, UNKNOWN } from './style.ts'
import { emptyTag, endOfName, isBlank, isLetter, lowerSlice, readTag } from './tag.ts'
import { shownText, visibleChars } from './visible.ts'

/** A link as it stands in HTML. */
export interface HtmlLink {
  readonly url: string
  /** What a reader sees of it, blanks joined. */
  readonly shown: string
}

/** HTML as a reader sees it, and what he does not. */
export interface ReadHtml {
  readonly traits: HtmlTraits
  /** In order, as often as they are there. */
  readonly links: readonly HtmlLink[]
}

/**
 * Reads the HTML of a mail in one pass, as a mail program would show it without its style sheet. Never throws; time and memory are linear in its
 * length, whatever is in it.
 *
 * A style sheet is not read: what has a class or an id has a ground that we do not know, so nothing on it counts as hidden by its colour.
 */
export const readHtml = rememberedText(MAX_KNOWN_TEXTS, (html: string): ReadHtml => new HtmlReader(html).read())

/** An open element, with what it hands down to those inside. */
interface Open {
  readonly element: Element
  readonly gone: boolean
  readonly tiny: boolean
  readonly color: number
  readonly ground: number
}

/** Black on white, as long as nobody says otherwise. */
const PAGE: Open = { element: elementOf(''), gone: false, tiny: false, color: 0, ground: 0xffffff }

class HtmlReader {
  readonly #html: string
  readonly #tag = emptyTag()
  readonly #open: Open[] = []
  /** How many of each name are open: an end tag without a start costs nothing. */
  readonly #openByName = new Map<string, number>()
  #top: Open = PAGE
  readonly #styles = new Map<string, Style>()
  #text = ''
  /** Does the text end in a blank or a line end, so that another would add nothing? */
  #isApart = true
  readonly #links: HtmlLink[] = []
  #link: { readonly url: string; shown: string } | null = null
  #images = 0
  #forms = 0
  #passwords = 0
  #scripts = 0
  #hiddenChars = 0
  #cutWords = 0
  /** Hidden text came right after a letter: if a letter follows, it stood inside a word. */
  #isCutting = false
  #dataUris = 0

  constructor(html: string) {
    this.#html = html
  }

  read(): ReadHtml {
    const html = this.#html
    for (let at = 0; at < html.length; ) {
      const mark = html.indexOf('<', at)
      const end = mark === -1 ? html.length : mark
      if (end > at) this.#addText(html.slice(at, end))
      at = mark === -1 ? end : this.#markup(mark)
    }
    this.#endLink()
    return { traits: this.#traits(), links: this.#links }
  }

  #traits(): HtmlTraits {
    return {
      text: this.#text.trimEnd(),
      images: this.#images,
      forms: this.#forms,
      passwords: this.#passwords,
      scripts: this.#scripts,
      hiddenChars: this.#hiddenChars,
      cutWords: this.#cutWords,
      dataUris: this.#dataUris,
    }
  }

  /** Reads what begins with the `<` at `at`; returns where text goes on. HTML Living Standard §13.2.5.6. */
  #markup(at: number): number {
    const html = this.#html
    const code = html.charCodeAt(at + 1)
    if (isLetter(code)) return this.#startTag(at)
    if (code === SLASH && isLetter(html.charCodeAt(at + 2))) return this.#endTag(at)
    if (code === BANG && html.startsWith('--', at + 2)) return endOfComment(html, at + 4)
    if (code === BANG || code === QUESTION || code === SLASH) return pastBracket(html, at + 2)
    this.#addText('<')
    return at + 1
  }

  #startTag(at: number): number {
    const tag = this.#tag
    const next = readTag(this.#html, at + 1, tag)
    if (next === -1) return this.#html.length
    const { name } = tag
    this.#noteData()
    switch (name) {
      case 'a':
      case 'area':
        this.#endLink()
        if (tag.href !== '') this.#link = { url: decodeEntities(tag.href), shown: '' }
        if (name === 'area') this.#endLink()
        break
      case 'img':
      case 'image':
        if (!tag.isPixel) this.#images++
        break
      case 'form':
        this.#forms++
        break
      case 'input':
        if (tag.type === 'password') this.#passwords++
        break
      case 'script':
        if (!tag.type.includes('json')) this.#scripts++
        break
      case 'base':
        if (tag.href !== '') this.#links.push({ url: decodeEntities(tag.href), shown: '' })
        break
    }
    if (tag.action !== '') this.#links.push({ url: decodeEntities(tag.action), shown: '' })
    const element = elementOf(name)
    if (element.isRaw) return this.#pastRaw(name, next)
    if (element.ends.length > 0) this.#endImplied(element)
    if (element.apart !== '') this.#separate(element.apart)
    if (!element.isVoid) this.#push(element)
    return next
  }

  /** `data:` where no picture belongs, or what is no picture. */
  #noteData(): void {
    const { href, src, action } = this.#tag
    if (isData(href) || isData(action)) this.#dataUris++
    if (isData(src) && !/^\s*data:image\/(?:png|gif|jpe?g|webp|bmp)/i.test(src.slice(0, 64))) this.#dataUris++
  }

  #endTag(at: number): number {
    const html = this.#html
    const nameEnd = endOfName(html, at + 2)
    const name = lowerSlice(html, at + 2, nameEnd)
    const next = pastBracket(html, nameEnd)
    if (name === 'a') this.#endLink()
    if (elementOf(name).apart === '\n') this.#separate('\n')
    if ((this.#openByName.get(name) ?? 0) === 0) return next
    for (let popped = this.#pop(); popped !== name && popped !== ''; ) popped = this.#pop()
    return next
  }

  /** Past the end tag of an element whose content is no markup; to the end when there is none. */
  #pastRaw(name: string, from: number): number {
    const html = this.#html
    for (let at = html.indexOf('</', from); at !== -1; at = html.indexOf('</', at + 2)) {
      const end = at + 2 + name.length
      if (html.slice(at + 2, end).toLowerCase() !== name) continue
      const code = html.charCodeAt(end)
      if (code === GREATER || code === SLASH || isBlank(code)) return pastBracket(html, end)
    }
    return html.length
  }

  /** Ends a paragraph, cell or item that the start of `element` ends. */
  #endImplied({ ends }: Element): void {
    if (!ends.some((name) => (this.#openByName.get(name) ?? 0) > 0)) return
    const lowest = Math.max(0, this.#open.length - MAX_IMPLIED_STEPS)
    for (let at = this.#open.length - 1; at >= lowest; at--) {
      const open = this.#open[at]?.element
      if (open === undefined || open.isScope) return
      if (!ends.includes(open.name)) continue
      while (this.#open.length > at) this.#pop()
    }
  }

  #push(element: Element): void {
    if (this.#open.length >= MAX_OPEN_ELEMENTS) return
    const tag = this.#tag
    const top = this.#top
    const isPlain = tag.style === '' && tag.color === '' && tag.ground === '' && !tag.isStyled && !tag.isHidden
    this.#top = isPlain ? { element, gone: top.gone, tiny: top.tiny, color: top.color, ground: top.ground } : this.#styled(top, element)
    this.#open.push(this.#top)
    this.#openByName.set(element.name, (this.#openByName.get(element.name) ?? 0) + 1)
  }

  #styled(top: Open, element: Element): Open {
    const tag = this.#tag
    const style = tag.style === '' ? null : this.#styleOf(tag.style)
    const color = style?.color ?? (tag.color === '' ? top.color : readColor(tag.color.toLowerCase()))
    const given = style?.ground ?? (tag.ground === '' ? top.ground : readColor(tag.ground.toLowerCase()))
    return {
      element,
      gone: top.gone || tag.isHidden || (style?.gone ?? false),
      tiny: style?.tiny ?? top.tiny,
      color,
      ground: tag.isStyled ? UNKNOWN : given,
    }
  }

  #styleOf(text: string): Style {
    const known = this.#styles.get(text)
    if (known !== undefined) return known
    const style = readStyle(decodeEntities(text))
    if (this.#styles.size < MAX_STYLES) this.#styles.set(text, style)
    return style
  }

  #pop(): string {
    const popped = this.#open.pop()
    if (popped === undefined) return ''
    const { name } = popped.element
    this.#openByName.set(name, (this.#openByName.get(name) ?? 1) - 1)
    this.#top = this.#open.at(-1) ?? PAGE
    return name
  }

  /** Puts a line end or a blank between the text so far and what follows. */
  #separate(apart: '\n' | ' '): void {
    this.#isCutting = false
    if (this.#isApart || this.#text.length >= MAX_TEXT_CHARS) return
    this.#text += apart
    this.#isApart = true
  }

  #addText(raw: string): void {
    const top = this.#top
    const text = shownText(raw)
    if (top.gone || top.tiny || looksAlike(top.color, top.ground)) {
      const chars = visibleChars(text)
      this.#hiddenChars += chars
      if (chars > 0 && !this.#isApart) this.#isCutting = true
      return
    }
    const begin = this.#isApart && text.charCodeAt(0) === 0x20 ? text.slice(1) : text
    if (begin === '') return
    if (this.#isCutting && begin.charCodeAt(0) !== 0x20) this.#cutWords++
    this.#isCutting = false
    this.#isApart = begin.endsWith(' ')
    if (this.#text.length + begin.length <= MAX_TEXT_CHARS) this.#text += begin
    else if (this.#text.length < MAX_TEXT_CHARS) this.#text += begin.slice(0, MAX_TEXT_CHARS - this.#text.length)
    if (this.#link !== null && this.#link.shown.length < MAX_SHOWN_CHARS) this.#link.shown += begin
  }

  #endLink(): void {
    if (this.#link === null) return
    this.#links.push({ url: this.#link.url, shown: this.#link.shown.trim().slice(0, MAX_SHOWN_CHARS) })
    this.#link = null
  }
}

const BANG = 0x21
const SLASH = 0x2f
const GREATER = 0x3e
const QUESTION = 0x3f

/** Just past the next `>`, or the end. */
function pastBracket(html: string, from: number): number {
  const close = html.indexOf('>', from)
  return close === -1 ? html.length : close + 1
}

/** Just past the comment whose text begins at `from`. `<!-->`, `<!--->` and `--!>` end one too (§13.2.5.43 to 51). */
function endOfComment(html: string, from: number): number {
  if (html.charCodeAt(from) === GREATER) return from + 1
  if (html.startsWith('->', from)) return from + 2
  for (let at = html.indexOf('--', from); at !== -1; at = html.indexOf('--', at + 1)) {
    const code = html.charCodeAt(at + 2)
    if (code === GREATER) return at + 3
    if (code === BANG && html.charCodeAt(at + 3) === GREATER) return at + 4
  }
  return html.length
}

function isData(url: string): boolean {
  return url !== '' && /^\s*data:/i.test(url.slice(0, 32))
}
