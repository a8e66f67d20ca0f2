import type { HtmlTraits, MailContent } from '../mail-content.ts'
import { MAX_ATTACHMENTS, MAX_BAYES_CHARS, MAX_FIELD_CHARS, MAX_HOSTS, MAX_PIECED_CHARS, MAX_SHAPE_CHARS, PIECE_CHARS } from './limits.ts'
import { TokenSet, type Tokens } from './token-set.ts'
import type { MailTraits } from './traits.ts'
import { type Kind, type Note, Words } from './words.ts'

/** The one set of a thread: tokenising never waits. */
const SET = new TokenSet()

/**
 * The tokens of a message: how it was made, whom it names and links to, then the words of its subject and text with the pairs they make.
 * Each once, at most `MAX_TOKENS`, the same for the same content. `note` is told what each new token stands for, so that somebody can be told why.
 */
export function tokenize(content: MailContent, traits: MailTraits, note: Note | null = null): Tokens {
  SET.clear()
  const words = new Words(SET, note)
  ofTraits(words, traits)
  ofPeople(words, content)
  ofLinks(words, content)
  words.text('subject', content.subject.slice(0, MAX_FIELD_CHARS))
  words.pieces('subject', content.subject.slice(0, MAX_PIECED_CHARS), PIECE_CHARS)
  ofShape(words, content)
  words.text('', content.text.slice(0, MAX_BAYES_CHARS))
  return SET.tokens()
}

function ofTraits(words: Words, { names, said, zone, idHost, types, charsets }: MailTraits): void {
  let before = ''
  for (const name of names) {
    words.whole('field', name)
    // The order of fields is the hand of the program that wrote them, whatever program it says it is.
    if (before !== '') words.whole('field', `${before} ${name}`)
    before = name
  }
  for (const type of types) words.whole('type', type)
  for (const charset of charsets) words.whole('charset', charset)
  for (const [name, value] of said) words.text(MADE_WITH.has(name) ? 'mailer' : 'said', value)
  words.whole('zone', zone)
  domains(words, 'id', idHost)
}

const MADE_WITH: ReadonlySet<string> = new Set(['user-agent', 'x-mailer', 'x-mimeole'])

function ofPeople(words: Words, { from, replyTo, to }: MailContent): void {
  for (const { name, address } of from.slice(0, 3)) {
    words.whole('from', address)
    domains(words, 'from', address.slice(address.lastIndexOf('@') + 1))
    words.text('from', name.slice(0, MAX_FIELD_CHARS))
  }
  for (const { address } of replyTo.slice(0, 3)) domains(words, 'reply', address.slice(address.lastIndexOf('@') + 1))
  words.whole('to', String(Math.min(to.length, 5)))
  for (const { name, address } of to.slice(0, 3)) {
    words.whole('to', address)
    words.text('to', name.slice(0, MAX_FIELD_CHARS))
  }
}

function ofLinks(words: Words, { urls, attachments }: MailContent): void {
  const hosts = new Set<string>()
  for (const { host, scheme } of urls) {
    if (hosts.size >= MAX_HOSTS) break
    words.whole('scheme', scheme)
    if (!hosts.has(host)) domains(words, 'url', host)
    hosts.add(host)
  }
  for (const { name, type } of attachments.slice(0, MAX_ATTACHMENTS)) {
    words.whole('attachment', type)
    const dot = name.lastIndexOf('.')
    if (dot !== -1) words.whole('attachment', name.slice(dot).toLowerCase().slice(0, 10))
  }
}

/** What a reader would see of the whole before reading a word: coarse, so that it is learned quickly. */
function ofShape(words: Words, { subject, text, plain, html, urlCount }: MailContent): void {
  words.whole('subject', `caps ${tenths(capitals(subject))}`)
  words.whole('caps', String(tenths(capitals(text.slice(0, MAX_SHAPE_CHARS)))))
  words.whole('length', String(Math.round(Math.log2(1 + text.length))))
  words.whole('links', String(Math.round(Math.log2(1 + urlCount))))
  if (plain === '') words.whole('shape', 'no plain text')
  if (html !== null) ofHtml(words, html)
}

function ofHtml(words: Words, { images, forms, scripts, hiddenChars, dataUris }: HtmlTraits): void {
  words.whole('images', String(Math.round(Math.log2(1 + images))))
  if (forms > 0) words.whole('shape', 'form')
  if (scripts > 0) words.whole('shape', 'script')
  if (hiddenChars > 0) words.whole('shape', 'hidden')
  if (dataUris > 0) words.whole('shape', 'data')
}

/** A host name, and the domains it lies in, down to two labels. */
function domains(words: Words, kind: Kind, host: string): void {
  if (host === '') return
  const bounded = host.slice(0, 255)
  words.whole(kind, bounded)
  let rest = bounded
  for (let levels = 0; levels < 4; levels++) {
    const dot = rest.indexOf('.')
    if (dot === -1 || !rest.slice(dot + 1).includes('.')) break
    rest = rest.slice(dot + 1)
    words.whole(kind, rest)
  }
  const last = bounded.lastIndexOf('.')
  if (last !== -1) words.whole(kind, bounded.slice(last))
}

/** Capitals among the letters of ASCII, 0 to 1; 0 of a short text. */
function capitals(text: string): number {
  let upper = 0
  let lower = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit >= 65 && unit <= 90) upper += 1
    else if (unit >= 97 && unit <= 122) lower += 1
  }
  return upper + lower < 10 ? 0 : upper / (upper + lower)
}

function tenths(share: number): number {
  return Math.floor(share * 10)
}
