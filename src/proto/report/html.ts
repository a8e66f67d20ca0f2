import { MAX_REPORT_BYTES } from './limits.ts'

const BREAKS = /<(?:br|\/p|\/div|\/tr|\/td|\/li|\/h\d|\/pre|p|div|tr|li|hr)\b[^<>]{0,2000}>/gi
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

/** The words of an HTML text, one line a block: for reading what a server wrote for people, not for showing it. */
export function textOfHtml(html: string): string {
  return html
    .slice(0, MAX_REPORT_BYTES)
    .replace(/[\r\n\t ]+/g, ' ')
    .replace(BREAKS, '\n')
    // An address in brackets may come unescaped: it is no tag.
    .replace(/<(?![^<>@\s]{1,64}@[^<>\s]{1,255}>)[a-z/!][^<>]{0,4000}>/gi, '')
    .replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{1,8}));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole
      const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
      return point > 31 && point < 0x110000 && (point < 0xd800 || point > 0xdfff) ? String.fromCodePoint(point) : ' '
    })
}
