import { domainToUnicode } from 'node:url'
import { remembered } from '../../../base/remembered.ts'
import { mixesScripts } from '../../../base/scripts.ts'
import type { ContentFacts } from '../content-facts.ts'
import { type Finding, finding } from '../finding.ts'
import { MAX_KNOWN_DOMAINS, MAX_LINK_DOMAINS } from '../limits.ts'
import type { MailContent } from '../mail-content.ts'
import { registeredDomain } from '../registered-domain.ts'
import { BRANDS, type Brand, NOT_LOOKALIKES } from '../table/brands.ts'
import { FREEMAIL } from '../table/freemail.ts'
import { BAIT_WORDS, BESIDE_BRAND } from '../table/words.ts'
import { domainOfAddress } from './header.ts'
import { knownDomains, knownPrefix, lookalikeOf, type KnownDomains } from './lookalike.ts'
import { nameWords } from './skeleton.ts'
import { wishOf } from './wish.ts'

/** Whether a message pretends to come from somebody it does not come from, and what it wants. */
export function phishingFindings(content: MailContent, facts: ContentFacts): readonly Finding[] {
  const own = domainOfAddress(content.from[0]?.address ?? '')
  return [...nameFindings(content, facts, own), ...domainFindings(content, facts, own), ...wishFindings(content, facts, own)]
}

/** The brands, ready to be asked. */
interface BrandBook {
  readonly known: KnownDomains
  /** Every phrase of a name by its first word, with the brand. */
  readonly byFirstWord: ReadonlyMap<string, readonly (readonly [phrase: string, brand: Brand])[]>
  readonly alone: ReadonlyMap<string, Brand>
  readonly byLabel: ReadonlyMap<string, Brand>
}

/** Made at the first message, so that a program that filters nothing carries none of it. */
let book: BrandBook | null = null

function brandBook(): BrandBook {
  if (book !== null) return book
  const byFirstWord = new Map<string, (readonly [string, Brand])[]>()
  const alone = new Map<string, Brand>()
  const byLabel = new Map<string, Brand>()
  for (const brand of BRANDS) {
    for (const name of brand.names) {
      const phrase = nameWords(name)
      const first = phrase.split(' ', 1)[0] ?? ''
      byFirstWord.set(first, [...(byFirstWord.get(first) ?? []), [phrase, brand]])
    }
    for (const name of brand.alone) alone.set(name, brand)
    for (const label of brand.labels) byLabel.set(label, brand)
  }
  book = { known: knownDomains([...BRANDS.flatMap(({ domains }) => domains), ...IMITATED_FREEMAIL]), byFirstWord, alone, byLabel }
  return book
}

function nameFindings({ from }: MailContent, facts: ContentFacts, own: string): readonly Finding[] {
  const author = from[0]
  if (author === undefined || author.name === '') return []
  const isOurs = facts.isAuthorProven && facts.hosted.domains.has(own)
  const isBrand = brandBook().known.domains.has(own) && !FREEMAIL.has(own)
  const brand = isBrand || isOurs || isMachine(author.address, own, nameWords(author.name)) ? null : brandIn(nameWords(author.name))
  return brand === null || (facts.isKnownSender && facts.isAuthorProven) ? [] : [finding('BRAND_NAME', `${author.name} <${author.address}>`)]
}

/** Free mailboxes whose names are imitated as well: `gmai1.com`. */
const IMITATED_FREEMAIL: readonly string[] = ['gmail.com', 'yahoo.com', 'outlook.com', 'hotmail.com', 'icloud.com', 'protonmail.com']

/** Nobody gets a name under these without showing who he is. */
const GUARDED = /\.(?:go|mil|ac|sch)\.id$|\.(?:gov|edu|mil)$/

/** Is this a name that a mail system writes under: Exchange in every domain it serves, a provider of free mailboxes in its own? */
function isMachine(address: string, own: string, words: string): boolean {
  const local = address.slice(0, Math.max(0, address.lastIndexOf('@')))
  if (words === 'microsoft outlook' && /^(?:postmaster|microsoftexchange[0-9a-f]{32})$/.test(local)) return true
  return FREEMAIL.has(own) && RESERVED_LOCALS.has(local)
}

/** Nobody gets these from a provider. */
const RESERVED_LOCALS: ReadonlySet<string> = new Set(['postmaster', 'mailer-daemon', 'noreply', 'no-reply', 'no_reply', 'abuse'])

/** The brand that a name's words name, or null. */
function brandIn(words: string): Brand | null {
  const { byFirstWord, alone } = brandBook()
  const list = words.split(' ')
  for (const [at, word] of list.entries()) {
    for (const [phrase, brand] of byFirstWord.get(word) ?? []) {
      const rest = list.slice(at, at + 6).join(' ')
      if (rest === phrase || rest.startsWith(`${phrase} `)) return brand
    }
  }
  const left = list.filter((word) => !BESIDE_BRAND.has(word))
  return left.length === 1 ? (alone.get(left[0] ?? '') ?? null) : null
}

/** Author, Reply-To and links. */
function domainFindings(content: MailContent, facts: ContentFacts, own: string): readonly Finding[] {
  const found = new Map<string, Finding>()
  const add = (rule: string, evidence: string): void => {
    if (!found.has(rule)) found.set(rule, finding(rule, evidence))
  }
  const hosts = new Set([...content.from, ...content.replyTo].map(({ address }) => address.slice(address.lastIndexOf('@') + 1)))
  const ofPeople = hosts.size
  for (const { host } of content.urls) if (host !== '' && hosts.size < ofPeople + MAX_LINK_DOMAINS) hosts.add(host)
  for (const host of hosts) {
    const domain = registeredDomain(host)
    if (domain === null || isKnown(domain, facts) || (domain === own && facts.isKnownSender)) continue
    const label = domain.slice(0, domain.indexOf('.'))
    if (label.startsWith('xn--') && mixesScripts(domainToUnicode(label))) add('DOMAIN_MIXED_SCRIPT', host)
    for (const known of [facts.hosted, brandBook().known]) {
      const like = NOT_LOOKALIKES.has(label) || GUARDED.test(domain) ? null : lookalikeOf(domain, known)
      const prefix = knownPrefix(host, domain, known)
      if (prefix !== null) add('LOOKALIKE_DOMAIN', host)
      if (like === null) continue
      if (like.how !== 'ending') add('LOOKALIKE_DOMAIN', `${domain} is like ${like.of}`)
      // Companies of the world have a domain in each country.
      else if (domain === own && (known !== brandBook().known || like.of.endsWith('.id'))) add('LOOKALIKE_ENDING', `${domain} is like ${like.of}`)
    }
    if (baits(label)) add('BRAND_IN_DOMAIN', domain)
  }
  return [...found.values()]
}

function isKnown(domain: string, facts: ContentFacts): boolean {
  return facts.hosted.domains.has(domain) || brandBook().known.domains.has(domain) || FREEMAIL.has(domain)
}

/** Does a label join a brand's name to a word that baits: `klikbca-verifikasi`, `promobri`? The same few labels come again and again. */
const baits = remembered(MAX_KNOWN_DOMAINS, (label): boolean => {
  const { byLabel } = brandBook()
  const words = label.split('-')
  if (words.length > 1 && words.some((word) => byLabel.has(word)) && words.some((word) => BAIT_WORDS.has(word) && !byLabel.has(word))) return true
  for (let at = 2; at <= label.length - 2; at++) {
    const [front, back] = [label.slice(0, at), label.slice(at)]
    if ((byLabel.has(front) && BAIT_WORDS.has(back)) || (byLabel.has(back) && BAIT_WORDS.has(front))) return true
  }
  return false
})

/** Money and secrets, and where answers go. Mailings with a proven sender speak of payments all day. */
function wishFindings(content: MailContent, facts: ContentFacts, own: string): readonly Finding[] {
  const isMailing = facts.isAuthorProven && content.head.names.has('list-unsubscribe')
  // A list has answers come to itself. A free mailbox is no list, but swindlers write to their own and leave their readers out of To.
  const isList = (address: string): boolean => !FREEMAIL.has(domainOfAddress(address)) && content.to.some((each) => each.address === address)
  const elsewhere = content.replyTo.find(({ address }) => domainOfAddress(address) !== own && !isList(address))
  if (elsewhere === undefined || isMailing || facts.isKnownSender) return []
  const { money, urgent } = wishOf(content)
  // Haste alone is no sign, as long as answers do not go to a free mailbox.
  const wish = money ?? (FREEMAIL.has(domainOfAddress(elsewhere.address)) ? urgent : null)
  return wish === null ? [] : [finding('MONEY_REPLY_ELSEWHERE', `${wish}; ${elsewhere.address}`)]
}
