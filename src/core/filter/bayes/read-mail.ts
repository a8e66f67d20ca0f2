import { domainPart } from '../../../proto/mail/address.ts'
import { resultsOf } from '../../../proto/mail/auth-results-read.ts'
import { scanHeader } from '../../../proto/mail/header-scan.ts'
import { fieldText, findFields, readHeader } from '../../../proto/mail/headers.ts'
import { indexMessage } from '../../../proto/mail/mime-index.ts'
import type { Finding } from '../finding.ts'
import type { MailContent } from '../mail-content.ts'
import { readContent } from '../read-content.ts'
import { junkedBefore, type SenderPrint } from './junked-before.ts'
import type { Knowledge } from './learned.ts'
import { signatureOf } from './signature.ts'
import type { Tokens } from './token-set.ts'
import { tokenize } from './tokenize.ts'
import { type MailTraits, readTraits } from './traits.ts'
import { bayes, isTaught } from './verdict.ts'

/** A message, read for Bayes. Traits and tokens are made when they are first asked for: where nothing was learned nobody does. */
export interface LearnedMail {
  readonly content: MailContent
  readonly traits: MailTraits
  readonly tokens: Tokens
}

/** Reads a message that is at rest, just as at arrival: `bytes` as they were received, the first `MAX_CONTENT_BYTES`. */
export function readLearned(bytes: Uint8Array): LearnedMail {
  const header = scanHeader(bytes)
  const index = indexMessage(bytes, header)
  return learnedMail(readContent(bytes, header, index), () => readTraits(bytes, header, index))
}

/** The same of a message whose content has been read already. */
export function learnedMail(content: MailContent, readTraitsOf: () => MailTraits): LearnedMail {
  return new LazyMail(content, readTraitsOf)
}

/** A class, because an object with accessors of its own takes longer to make than all that it holds. */
class LazyMail implements LearnedMail {
  readonly content: MailContent
  readonly #readTraits: () => MailTraits
  #traits: MailTraits | null = null
  #tokens: Tokens | null = null

  constructor(content: MailContent, readTraitsOf: () => MailTraits) {
    this.content = content
    this.#readTraits = readTraitsOf
  }

  get traits(): MailTraits {
    return (this.#traits ??= this.#readTraits())
  }

  get tokens(): Tokens {
    return (this.#tokens ??= tokenize(this.content, this.traits))
  }
}

/**
 * All that was taught says of a message for one recipient: what Bayes thinks, and whether the recipient has called such mail junk. `domain` is the author's when it is
 * proven (DMARC pass), else null.
 */
export function learnedFindings(mail: LearnedMail, known: Knowledge, domain: string | null): readonly Finding[] {
  const before = known.marks.length === 0 ? null : junkedBefore(known.marks, senderPrint(mail.content, domain), () => signatureOf(mail.tokens))
  return [isTaught(known) ? bayes(mail.content, mail.traits, mail.tokens, known) : null, before].filter((found) => found !== null)
}

/** Who a message says it is from; `domain` is what it proved, null for nothing. A message of several authors is from none. */
export function senderPrint({ from }: Pick<MailContent, 'from'>, domain: string | null): SenderPrint {
  return { address: from.length === 1 ? (from[0]?.address ?? '') : '', domain }
}

/** The domain that a message proved when it came, as the fields say that we put in front of it: RFC 8601 §2.7 has `dmarc=pass` with `header.from`. */
export function provenDomain(prefix: Uint8Array): string | null {
  for (const field of findFields(readHeader(prefix), ['authentication-results'])) {
    const passed = resultsOf(fieldText(prefix, field)).find(({ method, result }) => method === 'dmarc' && result === 'pass')
    const domain = passed?.properties.find(([name]) => name === 'header.from')?.[1]
    if (domain !== undefined) return domainPart(domain)
  }
  return null
}
