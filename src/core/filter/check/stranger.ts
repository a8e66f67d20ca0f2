import type { ContentFacts, ReaderFacts } from '../content-facts.ts'
import { type Finding, finding } from '../finding.ts'
import type { MailContent } from '../mail-content.ts'
import { registeredDomain } from '../registered-domain.ts'
import { FREEMAIL } from '../table/freemail.ts'
import { domainOfAddress } from './header.ts'
import { lookalikeIn } from './lookalike.ts'
import { nameKey } from './skeleton.ts'
import { type Wish, wishOf } from './wish.ts'

/** Finds what a message is to one reader. */
export type ReaderCheck = (reader: ReaderFacts) => readonly Finding[]

/**
 * Whether a message pretends to come from somebody whom its reader knows, and what a stranger wants: asked for each reader who does not know its author, because whom one knows is nobody else's business. What the message
 * wants is looked for once, and only when somebody asks.
 */
export function readerCheck(content: MailContent, facts: Pick<ContentFacts, 'isAuthorProven' | 'hosted'>): ReaderCheck {
  let wish: Wish | null = null
  const own = domainOfAddress(content.from[0]?.address ?? '')
  const isOurs = facts.isAuthorProven && facts.hosted.domains.has(own)
  // Mailings with a proven sender speak of payments all day.
  const isMailing = facts.isAuthorProven && content.head.names.has('list-unsubscribe')
  return (reader) => {
    if (isOurs) return []
    const found = [...personFindings(content, reader), ...partnerFindings(content, facts, reader)]
    if (!reader.isFirstContact || isMailing) return found
    const { money, urgent } = (wish ??= wishOf(content))
    if (money !== null) found.push(urgent === null ? finding('FIRST_CONTACT_MONEY', money) : finding('FIRST_CONTACT_PAYMENT', `${money}; ${urgent}`))
    return found
  }
}

function personFindings({ from }: MailContent, { people }: ReaderFacts): readonly Finding[] {
  const [author] = from
  if (author === undefined || author.name === '') return []
  const addresses = people.get(nameKey(author.name))
  return addresses === undefined || addresses.has(author.address) ? [] : [finding('PERSON_NAME', `${author.name} <${author.address}>`)]
}

/** Authors and where answers go: who borrows a partner's domain wants an answer, or a payment. */
function partnerFindings({ from, replyTo }: MailContent, { hosted }: Pick<ContentFacts, 'hosted'>, { correspondents }: ReaderFacts): readonly Finding[] {
  if (correspondents.length === 0) return []
  const domains = new Set([...from, ...replyTo].map(({ address }) => registeredDomain(domainOfAddress(address)) ?? ''))
  for (const domain of domains) {
    if (domain === '' || FREEMAIL.has(domain) || hosted.domains.has(domain)) continue
    const like = lookalikeIn(domain, correspondents)
    if (like !== null) return [finding(like.how === 'ending' ? 'LOOKALIKE_ENDING' : 'LOOKALIKE_DOMAIN', `${domain} is like ${like.of}`)]
  }
  return []
}
