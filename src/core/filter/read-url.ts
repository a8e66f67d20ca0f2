import { domainToASCII } from 'node:url'
import { MAX_URL_CHARS } from './limits.ts'
import type { Link } from './mail-content.ts'

/**
 * Reads a link as a browser would: blanks around and line breaks inside do not count, backslashes are slashes, a host may be written in escapes,
 * as one number or in Unicode. Null for what leads to no place on the network: mail addresses, telephone numbers, parts of the message.
 *
 * Never throws; linear in the length of `written`, of which `MAX_URL_CHARS` are read that count.
 */
export function readUrl(written: string, shown: string): Link | null {
  const url = cleanUrl(written)
  if (url === '' || url.startsWith('#')) return null
  const colon = schemeEnd(url)
  if (colon === -1) {
    const host = url.startsWith('//') || url.startsWith('\\\\') ? hostOf(url, 0) : bareHost(url)
    return host === '' ? null : { url, host, scheme: 'http', shown }
  }
  const scheme = url.slice(0, colon).toLowerCase()
  if (NOWHERE.has(scheme)) return null
  return { url, host: WITHOUT_HOST.has(scheme) ? '' : hostOf(url, colon + 1), scheme, shown }
}

/** Where links to web pages stand in text, as mail programs find them: after `http://` or `https://`, or from `www.` on. */
export function* findUrls(text: string): Generator<string> {
  // Three native searches, each of which only moves forward, are several times faster than one pattern over every character.
  const next = MARKS.map((mark) => positionOf(text, mark, 0))
  for (let from = 0; ; ) {
    const at = Math.min(...next)
    if (at === Infinity) return
    const begin = beginOf(text, at)
    const end = begin === -1 || begin < from ? at + 1 : urlEnd(text, begin)
    // `https://` alone, or `www.` alone, is a word.
    if (begin >= from && end - begin > 8) {
      yield text.slice(begin, end)
      from = end
    }
    for (const [i, mark] of MARKS.entries()) if ((next[i] ?? Infinity) < Math.max(end, at + 1)) next[i] = positionOf(text, mark, Math.max(end, at + 1))
  }
}

const MARKS = ['://', 'www.', 'WWW.']

function positionOf(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from)
  return at === -1 ? Infinity : at
}

/** Where the link begins whose mark is at `at`; -1 when it is part of another word. */
function beginOf(text: string, at: number): number {
  let begin = at
  if (text.charCodeAt(at) === 0x3a) {
    const scheme = /https?$/i.exec(text.slice(Math.max(0, at - 5), at))
    if (scheme === null) return -1
    begin = at - scheme[0].length
  }
  return begin > 0 && /\w/.test(text.charAt(begin - 1)) ? -1 : begin
}

/** Links that lead to no host we could ask about. */
const NOWHERE: ReadonlySet<string> = new Set(['mailto', 'tel', 'sms', 'cid', 'mid', 'callto', 'about', 'webcal', 'skype', 'whatsapp'])
const WITHOUT_HOST: ReadonlySet<string> = new Set(['data', 'javascript', 'vbscript', 'blob'])
const CLOSING = '.,;:!?\'"*_~)]}>'

/** A link without what browsers pass over: blanks and controls around it, tabs and line breaks inside (URL Standard §4.4). At most `MAX_URL_CHARS`. */
export function cleanUrl(written: string): string {
  let start = 0
  let end = written.length
  while (start < end && isAround(written, start)) start++
  while (end > start && isAround(written, end - 1)) end--
  const trimmed = written.slice(start, end)
  return (/[\t\r\n]/.test(trimmed) ? trimmed.replace(/[\t\r\n]+/g, '') : trimmed).slice(0, MAX_URL_CHARS)
}

function isAround(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code <= 0x20 || (code > 0x7e && /\s/.test(text.charAt(at)))
}

/** Where the colon after the scheme is, or -1: letters, digits, plus, hyphen, dot (RFC 3986 §3.1). `www.example:80` has none. */
function schemeEnd(url: string): number {
  for (let at = 0; at < url.length && at < 32; at++) {
    const code = url.charCodeAt(at)
    if (code === 0x3a) return at > 0 && !isPort(url, at + 1) ? at : -1
    const isLetter = (code | 32) >= 0x61 && (code | 32) <= 0x7a
    if (!isLetter && (at === 0 || !((code >= 0x30 && code <= 0x39) || code === 0x2b || code === 0x2d || code === 0x2e))) return -1
  }
  return -1
}

function isPort(url: string, at: number): boolean {
  const code = url.charCodeAt(at)
  return code >= 0x30 && code <= 0x39
}

/** The host in `url` after the scheme: past any slashes and a login, up to a port or a path. */
function hostOf(url: string, from: number): string {
  let start = from
  while (url.charAt(start) === '/' || url.charAt(start) === '\\') start++
  let end = start
  let isPlain = true
  let colon = -1
  for (; end < url.length; end++) {
    const code = url.charCodeAt(end)
    if (code === 0x2f || code === 0x5c || code === 0x3f || code === 0x23) break
    if (code === 0x40) {
      start = end + 1
      colon = -1
      isPlain = true
    } else if (code === 0x3a) {
      if (colon === -1) colon = end
    } else if (colon === -1 && !((code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x2e || code === 0x2d)) {
      isPlain = false
    }
  }
  if (url.charAt(start) === '[') return bracketed(url.slice(start, end))
  const host = url.slice(start, colon === -1 ? end : colon)
  // A last label that begins with a letter makes no number of it: the host is what it seems.
  const last = host.charCodeAt(host.lastIndexOf('.') + 1)
  if (isPlain && last >= 0x61) return host
  return oddHost(host)
}

/** What has escapes, capitals, Unicode, digits at its end: read by the rules of the URL Standard. */
function oddHost(host: string): string {
  if (host === '') return ''
  const parsed = URL.parse(`http://${host}`)
  if (parsed !== null) return withoutDot(parsed.hostname)
  return withoutDot(domainToASCII(host.toLowerCase()))
}

function bracketed(text: string): string {
  const close = text.indexOf(']')
  return close === -1 ? '' : (URL.parse(`http://${text.slice(0, close + 1)}`)?.hostname.slice(1, -1) ?? '')
}

function withoutDot(host: string): string {
  return host.endsWith('.') ? host.slice(0, -1) : host
}

/** The host of a link without a scheme: mail programs guess that it is one when it begins like a domain. */
function bareHost(url: string): string {
  const host = hostOf(url, 0)
  return /^[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,10}$/.test(host) && !/\.(?:html?|php|aspx?|png|jpe?g|gif)$/.test(host) ? host : ''
}

/** Up to a blank or a mark that no link has; without the marks of the sentence around it. */
function urlEnd(text: string, from: number): number {
  let end = from
  let opened = 0
  let hasBrackets = false
  for (; end < text.length && end - from < MAX_URL_CHARS; end++) {
    const code = text.charCodeAt(end)
    if (code <= 0x20 || code === 0x22 || code === 0x3c || code === 0x3e || code === 0x60 || code === 0xa0 || (code >= 0x2000 && code <= 0x206f)) break
    if (code === 0x28) opened++
    if (code === 0x29 && opened-- <= 0) break
    hasBrackets ||= code === 0x28
  }
  while (end > from && CLOSING.includes(text.charAt(end - 1))) {
    // `https://wiki.example/Merpati_(bird)` keeps its own.
    if (text.charAt(end - 1) === ')' && hasBrackets && opened === 0) break
    end--
  }
  return end
}
