import { MAX_STYLE_CHARS } from '../limits.ts'

/** What a style attribute does to whether text can be seen. */
export interface Style {
  /** Not displayed at all, whatever the elements inside say. */
  readonly gone: boolean
  /** Font so small that nobody reads it; null when the style says nothing of it. */
  readonly tiny: boolean | null
  /** 0xRRGGBB; null when the style says nothing; `UNKNOWN` for a colour that we cannot tell. */
  readonly color: number | null
  readonly ground: number | null
}

/** A colour, or a ground with a picture, that cannot be compared. */
export const UNKNOWN = -1

const NOTHING: Style = { gone: false, tiny: null, color: null, ground: null }

/** Reads a style attribute, in one pass over its declarations. CSS is only understood as far as mail hides text with it. */
export function readStyle(text: string): Style {
  let { gone, tiny, color, ground } = NOTHING
  let clips = false
  let isFlat = false
  const style = text.slice(0, MAX_STYLE_CHARS).toLowerCase()
  for (let at = 0; at < style.length; ) {
    const semicolon = style.indexOf(';', at)
    const end = semicolon === -1 ? style.length : semicolon
    const colon = style.indexOf(':', at)
    if (colon === -1) break
    if (colon < end) {
      const value = style.slice(colon + 1, end)
      switch (style.slice(at, colon).trim()) {
        case 'display':
          gone ||= value.includes('none')
          break
        case 'visibility':
          gone ||= value.includes('hidden')
          break
        case 'opacity':
          gone ||= Number.parseFloat(value) < 0.05
          break
        case 'text-indent':
        case 'left':
        case 'top':
          gone ||= Number.parseFloat(value) < -500
          break
        case 'font-size':
          tiny = isTiny(value)
          break
        case 'max-height':
        case 'height':
          isFlat ||= Number.parseFloat(value) === 0
          break
        case 'overflow':
          clips = value.includes('hidden')
          break
        case 'color':
          color = readColor(value)
          break
        case 'background':
        case 'background-color':
        case 'background-image':
          ground = value.includes('(') && !value.includes('rgb') ? UNKNOWN : groundOf(value, ground)
          break
      }
    }
    at = end + 1
  }
  return { gone: gone || (clips && isFlat), tiny, color, ground }
}

/** 0xRRGGBB of `#fff`, `#ffffff`, `rgb(255, 255, 255)` or a name that mail has; `UNKNOWN` for others. `text` is lower-case. */
export function readColor(text: string): number {
  const value = text.replace('!important', '').trim()
  if (value.startsWith('#')) return hexColor(value.slice(1))
  if (value.startsWith('rgb')) return rgbColor(value)
  return COLORS.get(value) ?? (/^[0-9a-f]{6}$/.test(value) ? hexColor(value) : UNKNOWN)
}

/** Are these two the same to a reader? The eye does not tell `#ffffff` from `#fefefe`. */
export function looksAlike(color: number, ground: number): boolean {
  if (color === UNKNOWN || ground === UNKNOWN) return false
  const red = Math.abs((color >> 16) - (ground >> 16))
  const green = Math.abs(((color >> 8) & 255) - ((ground >> 8) & 255))
  const blue = Math.abs((color & 255) - (ground & 255))
  return red + green + blue <= MAX_SAME
}

/** Steps of 255, over three colours. */
const MAX_SAME = 15

function isTiny(value: string): boolean | null {
  const size = Number.parseFloat(value)
  if (Number.isNaN(size)) return null
  if (value.includes('%')) return size <= 5
  if (value.includes('em')) return size <= 0.05
  return size <= 1
}

function groundOf(value: string, before: number | null): number | null {
  const trimmed = value.trim()
  if (trimmed === 'none' || trimmed === 'inherit' || trimmed.startsWith('transparent')) return before
  // `background: #fff no-repeat`: the colour is one of its words.
  if (trimmed.startsWith('rgb')) return rgbColor(trimmed)
  const hash = trimmed.indexOf('#')
  if (hash !== -1) return hexColor(trimmed.slice(hash + 1).split(' ', 1)[0] ?? '')
  return readColor(trimmed.split(' ', 1)[0] ?? '')
}

function hexColor(digits: string): number {
  if (/^[0-9a-f]{6}/.test(digits)) return Number.parseInt(digits.slice(0, 6), 16)
  if (!/^[0-9a-f]{3}$/.test(digits)) return UNKNOWN
  const [red = '', green = '', blue = ''] = digits
  return Number.parseInt(red + red + green + green + blue + blue, 16)
}

function rgbColor(value: string): number {
  const parts = value.slice(value.indexOf('(') + 1).split(/[\s,/)]+/, 4).map((part) => Number.parseFloat(part))
  const [red = NaN, green = NaN, blue = NaN, alpha = 1] = parts
  if (![red, green, blue].every((part) => part >= 0 && part <= 255)) return UNKNOWN
  if (alpha < 1) return UNKNOWN
  return (Math.round(red) << 16) | (Math.round(green) << 8) | Math.round(blue)
}

const COLORS: ReadonlyMap<string, number> = new Map([
  ['white', 0xffffff], ['snow', 0xfffafa], ['ivory', 0xfffff0], ['whitesmoke', 0xf5f5f5], ['black', 0], ['red', 0xff0000], ['green', 0x008000],
  ['blue', 0x0000ff], ['yellow', 0xffff00], ['gray', 0x808080], ['grey', 0x808080], ['silver', 0xc0c0c0], ['navy', 0x000080], ['orange', 0xffa500],
])
