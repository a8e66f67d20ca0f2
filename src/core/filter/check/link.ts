import { isIP } from 'node:net'
import type { ContentFacts } from '../content-facts.ts'
import { type Finding, finding } from '../finding.ts'
import type { Link, MailContent } from '../mail-content.ts'
import { registeredDomain } from '../registered-domain.ts'
import { readUrl } from '../read-url.ts'
import { REDIRECTORS, SHORTENERS } from '../table/shorteners.ts'
import { domainOfAddress } from './header.ts'

/** What the links of a message tell. */
export function linkFindings(content: MailContent, facts: ContentFacts): readonly Finding[] {
  const own = domainOfAddress(content.from[0]?.address ?? '')
  const context: Context = { own, isOwnProven: facts.isAuthorProven }
  // One of a rule is enough for the score; its evidence is the first link.
  const seen = new Set<string>()
  const found: Finding[] = []
  if (content.urlCount > 30) found.push(finding('URL_MANY', `${content.urlCount} links`))
  const hosts = new Set<string>()
  for (const link of content.urls) {
    const isNewHost = !hosts.has(link.host)
    hosts.add(link.host)
    for (const rule of rulesOf(link, context, isNewHost)) {
      if (seen.has(rule)) continue
      seen.add(rule)
      found.push(finding(rule, rule === 'URL_SHOWN_OTHER' ? `${link.shown} leads to ${link.host}` : link.url))
    }
  }
  return found
}

interface Context {
  /** The author's registered domain. */
  readonly own: string
  readonly isOwnProven: boolean
}

function rulesOf(link: Link, context: Context, isNewHost: boolean): readonly string[] {
  if (link.scheme === 'data') return [] // Counted as HTML_DATA_URI.
  if (link.scheme === 'javascript' || link.scheme === 'vbscript') return ['URL_SCRIPT']
  const rules: string[] = []
  if (isNewHost && isIP(link.host) !== 0) rules.push('URL_IP')
  if (isNewHost && /(?:^|\.)xn--/.test(link.host) && !isOwn(link.host, context)) rules.push('URL_PUNYCODE')
  if (isNewHost && (SHORTENERS.has(link.host) || SHORTENERS.has(link.host.replace(/^www\./, '')))) rules.push('URL_SHORTENER')
  if (hasLogin(link)) rules.push('URL_USERINFO')
  if (ESCAPED_LETTER.test(beforeQuery(link))) rules.push('URL_ESCAPED')
  if (link.shown !== '' && showsOther(link, context)) rules.push('URL_SHOWN_OTHER')
  if (redirectsElsewhere(link, context)) rules.push('URL_REDIRECT')
  return rules
}

function isOwn(host: string, { own, isOwnProven }: Context): boolean {
  return isOwnProven && registeredDomain(host) === own
}

/** RFC 3986 §2.3: no program has a reason to write a letter or a digit as a code. */
const ESCAPED_LETTER = /%(?:3[0-9]|[46][1-9a-f]|[57][0-9a])/i

function beforeQuery({ url }: Link): string {
  const end = url.search(/[?#]/)
  return end === -1 ? url : url.slice(0, end)
}

/** Is there an `@` before path, query and fragment? */
function hasLogin({ url, scheme }: Link): boolean {
  const start = url.indexOf(':') + 1
  const at = url.indexOf('@', start)
  if (at === -1 || !url.toLowerCase().startsWith(`${scheme}:`)) return false
  const authority = url.slice(start).replace(/^[/\\]+/, '')
  const end = authority.search(/[/\\?#]/)
  return (end === -1 ? authority : authority.slice(0, end)).includes('@')
}

/** Is what is shown a domain, and another than the link leads to? The clicks of a proven sender may be counted elsewhere. */
function showsOther({ shown, host }: Link, { own, isOwnProven }: Context): boolean {
  const text = shown.trim()
  if (text.length > 200 || !SHOWN_URL.test(text)) return false
  const link = readUrl(text, '')
  const domain = link === null ? null : registeredDomain(link.host)
  if (link === null || domain === null || host === '') return false
  if (domain === registeredDomain(host)) return false
  return !(isOwnProven && domain === own)
}

/** Nothing but a link or a domain. An ending such as `.co` in a sentence is none: letters, dots, perhaps a path. */
const SHOWN_URL = /^(?:https?:\/\/)?(?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,24}(?:[/?#:]\S{0,200})?$/i

/** Does a parameter lead to another registered domain, through a page that is not the sender's own? */
function redirectsElsewhere({ url, host }: Link, context: Context): boolean {
  const query = url.indexOf('?')
  if (query === -1) return false
  const target = TARGET.exec(url.slice(query, query + 1500))?.[1]
  if (target === undefined || isOwn(host, context)) return false
  const bare = url.slice(url.indexOf('://') + 3, url.indexOf('://') + 103).toLowerCase()
  // A proven sender's counting service also has such links. A redirect that everybody can use has no excuse.
  if (context.isOwnProven && !REDIRECTORS.some((begin) => bare.startsWith(begin))) return false
  const there = readUrl(unescaped(target), '')
  const domain = there === null ? null : registeredDomain(there.host)
  return domain !== null && domain !== registeredDomain(host)
}

const TARGET = /[?&](?:amp;)?(?:url|u|q|to|target|dest|destination|redirect|redirect_uri|redirect_url|redir|return|returnurl|goto|next|link|continue|adurl)=((?:https?(?::|%3a)|%2f%2f|\/\/)[^&]{4,500})/i

function unescaped(text: string): string {
  return text.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
