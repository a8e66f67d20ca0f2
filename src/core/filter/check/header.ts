import { HOUR_MS } from '../../../base/duration.ts'
import { mixesScripts } from '../../../base/scripts.ts'
import { parseDate } from '../../../proto/mail/date.ts'
import type { ContentFacts } from '../content-facts.ts'
import { type Finding, finding } from '../finding.ts'
import type { MailContent } from '../mail-content.ts'
import { registeredDomain } from '../registered-domain.ts'
import { FREEMAIL } from '../table/freemail.ts'

/** What the header tells of a message. */
export function headerFindings(content: MailContent, facts: ContentFacts): readonly Finding[] {
  return [...dateFindings(content, facts.nowMs), ...messageIdFindings(content), ...subjectFindings(content), ...authorFindings(content, facts), ...fieldFindings(content, facts)]
}

/** The registered domain of an address; '' when it has none. */
export function domainOfAddress(address: string): string {
  const host = address.slice(address.lastIndexOf('@') + 1)
  return registeredDomain(host) ?? host
}

function dateFindings({ head }: MailContent, nowMs: number): readonly Finding[] {
  const date = head.date === null ? null : parseDate(head.date)
  if (date === null) return [finding('DATE_MISSING', head.date)]
  if (date.ms > nowMs + 24 * HOUR_MS) return [finding('DATE_FUTURE', head.date)]
  return date.ms < nowMs - 72 * HOUR_MS ? [finding('DATE_PAST', head.date)] : []
}

function messageIdFindings({ head }: MailContent): readonly Finding[] {
  const id = head.messageId?.trim() ?? ''
  if (id === '') return [finding('MSGID_MISSING')]
  // RFC 5322 §3.6.4, as far as every honest program keeps it.
  return /^<[^<>@\s]+@[^<>\s]+>/.test(id.slice(0, 1000)) ? [] : [finding('MSGID_BARE', id)]
}

function subjectFindings({ subject, from, head }: MailContent): readonly Finding[] {
  const found: Finding[] = []
  if (isShouted(subject)) found.push(finding('SUBJECT_CAPS', subject))
  if (INVISIBLE_IN_WORD.test(subject)) found.push(finding('SUBJECT_INVISIBLE', subject))
  if (TAIL_APART.test(subject)) found.push(finding('SUBJECT_TAIL', subject))
  if (head.rawSubject.includes('=?') && subject !== '' && /^[ -~]*$/.test(subject) && !subject.includes('=?')) found.push(finding('SUBJECT_ENCODED', subject))
  const mixed = [subject, ...from.map(({ name }) => name)].find(mixesScripts)
  if (mixed !== undefined) found.push(finding('SUBJECT_MIXED_SCRIPT', mixed))
  return found
}

/** Between two letters of scripts that need no joiners. */
const INVISIBLE_IN_WORD = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\d][\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]{1,20}[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\d]/u

/** A gap that no reader sees the end of, and then a word: it makes each copy another text. */
const TAIL_APART = /\S[ \t\u00a0]{8,}\S{2,24}$/u

function isShouted(subject: string): boolean {
  let upper = 0
  for (const char of subject) {
    if (char !== char.toUpperCase()) return false
    if (char !== char.toLowerCase()) upper++
  }
  return upper >= 10
}

function authorFindings({ from, replyTo, head }: MailContent, facts: ContentFacts): readonly Finding[] {
  const [author] = from
  if (author === undefined) return [finding('FROM_MISSING')]
  const found: Finding[] = []
  if (from.length > 1) found.push(finding('FROM_SEVERAL', from.map(({ address }) => address).join(', ')))
  const own = domainOfAddress(author.address)
  // Lists put `ani@home.example via List` there, so that DMARC passes: theirs is proven, and says which list it is.
  const isList = facts.isAuthorProven && head.names.has('list-id')
  // A full-width @, and letters that look like ours, are read like the usual ones.
  const shown = isList ? undefined : ADDRESS.exec(author.name.normalize('NFKC'))?.[0]
  if (shown !== undefined && domainOfAddress(shown.toLowerCase()) !== own) found.push(finding('FROM_NAME_ADDRESS', author.name))
  const elsewhere = replyTo.find(({ address }) => FREEMAIL.has(domainOfAddress(address)) && domainOfAddress(address) !== own)
  if (elsewhere !== undefined) found.push(finding('REPLY_TO_FREEMAIL', elsewhere.address))
  return found
}

/** Each part has an end, so that a search is linear. */
const ADDRESS = /[\w.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{2,63}){1,5}/i

function fieldFindings({ to, head, html, attachments }: MailContent, facts: ContentFacts): readonly Finding[] {
  const found: Finding[] = []
  if (to.length === 0) found.push(finding('TO_MISSING'))
  if (head.hasEightBit && !facts.smtputf8) found.push(finding('HEADER_EIGHT_BIT'))
  // RFC 2045 §4: what has parts or another type says that it is MIME.
  if ((html !== null || attachments.length > 0) && !head.names.has('mime-version')) found.push(finding('MIME_VERSION_MISSING'))
  if (head.duplicates.length > 0) found.push(finding('HEADER_DUPLICATE', head.duplicates.join(', ')))
  if (facts.isAuthorProven && head.names.has('list-unsubscribe')) found.push(finding('BULK_WELL_SENT'))
  return found
}
