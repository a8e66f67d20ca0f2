import { MAX_TARGET_CHARS } from './limits.ts'

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Where a value of `href` leads, as browsers write it; null when it is no http or https, or when we do not understand it: then it stays as it is. */
export function targetOf(value: string): string | null {
  if (value.length > MAX_TARGET_CHARS) return null
  const text = decoded(value)
  // Characters that the URL parser drops would hide what a scheme is: the same test after it decides.
  if (text === null || !URL.canParse(text)) return null
  const { protocol, href } = new URL(text)
  return (protocol === 'https:' || protocol === 'http:') && href.length <= MAX_TARGET_CHARS ? href : null
}

/** A value without its character references; null when it has one that is not among the usual ones. HTML Living Standard §13.2.5.72 to 80. */
function decoded(value: string): string | null {
  let isStrange = false
  const text = value.replace(/&(?:#(\d{1,7}|x[0-9a-f]{1,6})|([a-z][a-z0-9]{1,31}));/gi, (whole, number: string | undefined, name: string | undefined) => {
    const known = number === undefined ? NAMED[(name ?? '').toLowerCase()] : characterOf(number)
    if (known === undefined) isStrange = true
    return known ?? whole
  })
  return isStrange ? null : text
}

/** Only characters of ASCII: others stand in URLs as they are, and some numbers mean something else than they say. */
function characterOf(number: string): string | undefined {
  const code = /^x/i.test(number) ? Number.parseInt(number.slice(1), 16) : Number(number)
  return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : undefined
}
