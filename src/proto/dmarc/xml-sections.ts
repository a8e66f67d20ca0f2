import { XMLParser } from 'fast-xml-parser'
import { MAX_REPORT_TEXT_CHARS, MAX_SECTION_CHARS } from './limits.ts'

/** An element: what stands in it, by name, namespaces left out. */
export interface Node {
  /** The text of the first element of that name; null when there is none. */
  text(name: string): string | null
  texts(name: string, most: number): readonly string[]
  /** The first element of that name; null when there is none. */
  child(name: string): Node | null
  children(name: string, most: number): readonly Node[]
}

// Entities are ours to decode: five of them, and characters by their number.
const PARSER = new XMLParser({ ignoreAttributes: true, removeNSPrefix: true, parseTagValue: false, processEntities: false, trimValues: true, ignoreDeclaration: true, ignorePiTags: true })

/**
 * The elements called `name`, wherever they stand, one after the other, each parsed by itself: a report of 100 MB is never held as
 * a tree. Null for one that is too long or is no XML. Linear.
 */
export function* sectionsOf(xml: string, name: string): Generator<Node | null> {
  const opening = new RegExp(`<(?:[A-Za-z_][\\w.-]{0,40}:)?${name}(?=[\\s>])`, 'g')
  const closing = new RegExp(`</(?:[A-Za-z_][\\w.-]{0,40}:)?${name}\\s{0,10}>`, 'g')
  for (let at = opening.exec(xml); at !== null; at = opening.exec(xml)) {
    closing.lastIndex = at.index
    const end = closing.exec(xml)
    if (end === null) return
    opening.lastIndex = closing.lastIndex
    yield closing.lastIndex - at.index > MAX_SECTION_CHARS ? null : parsed(xml.slice(at.index, closing.lastIndex), name)
  }
}

/** The first of them that can be read; null when there is none. */
export function firstSection(xml: string, name: string): Node | null {
  const { value } = sectionsOf(xml, name).next()
  return value ?? null
}

function parsed(text: string, name: string): Node | null {
  try {
    return nodeOf(PARSER.parse(text) as unknown).child(name)
  } catch {
    // It throws an error in words for what is no XML, or nested too deep.
    return null
  }
}

function nodeOf(value: unknown): Node {
  const all = (name: string): readonly unknown[] => {
    const found: unknown = typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined
    if (found === undefined) return []
    return Array.isArray(found) ? found : [found]
  }
  const node: Node = {
    text: (name) => node.texts(name, 1)[0] ?? null,
    texts: (name, most) => all(name).filter((each) => typeof each === 'string').slice(0, most).map(textOf),
    child: (name) => node.children(name, 1)[0] ?? null,
    children: (name, most) => all(name).filter((each) => typeof each === 'object' && each !== null).slice(0, most).map(nodeOf),
  }
  return node
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Decoded, on one line, and not too long. */
function textOf(text: string): string {
  const decoded = text.slice(0, 2 * MAX_REPORT_TEXT_CHARS).replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
  return decoded.slice(0, MAX_REPORT_TEXT_CHARS).toWellFormed().replace(/[\p{Cc}]+/gu, ' ').trim()
}
