import { scanHeader } from '../../../proto/mail/header-scan.ts'
import { fieldText, findFields, readHeader } from '../../../proto/mail/headers.ts'
import { indexMessage } from '../../../proto/mail/mime-index.ts'
import type { MailContent } from '../mail-content.ts'
import { readContent } from '../read-content.ts'
import type { SenderPrint } from './junked-before.ts'
import type { Tokens } from './token-set.ts'
import { tokenize } from './tokenize.ts'
import { readTraits } from './traits.ts'

/** What is learned of a message that is at rest: `bytes` as they were received, or their beginning, just as at arrival. */
export function tokensOfMail(bytes: Uint8Array): { readonly content: MailContent; readonly tokens: Tokens } {
  const header = scanHeader(bytes)
  const index = indexMessage(bytes, header)
  const content = readContent(bytes, header, index)
  return { content, tokens: tokenize(content, readTraits(bytes, header, index)) }
}

/** Who a message says it is from; `domain` is what it proved, null for nothing. A message of several authors is from none. */
export function senderPrint({ from }: Pick<MailContent, 'from'>, domain: string | null): SenderPrint {
  return { address: from.length === 1 ? (from[0]?.address ?? '') : '', domain }
}

/** The domain that a message proved when it came, as the fields say that we put in front of it: RFC 8601 §2.7 has `dmarc=pass` with `header.from`. */
export function provenDomain(prefix: Uint8Array): string | null {
  for (const field of findFields(readHeader(prefix), ['authentication-results'])) {
    const result = fieldText(prefix, field).split(';').find((each) => /^\s*dmarc=pass\b/i.test(each))
    const domain = result === undefined ? undefined : /\bheader\.from="?([^\s";]+)/i.exec(result)?.[1]
    if (domain !== undefined) return domain.slice(domain.lastIndexOf('@') + 1).toLowerCase()
  }
  return null
}
