import { DEFAULT_ATTACHMENT_POLICY } from '../../src/core/filter/attachment-policy.ts'
import { knownDomains } from '../../src/core/filter/check/lookalike.ts'
import { contentFindings, contentRules } from '../../src/core/filter/content-findings.ts'
import type { MailContent } from '../../src/core/filter/mail-content.ts'
import type { CorpusMail } from './spam-corpus.ts'

/** What the rules over the content score, without network: nothing is known of the peer, of the sender, or of anybody's past. */
export function rulesScore({ receivedMs }: CorpusMail, content: MailContent): number {
  const dated = content.head.date === null ? Number.NaN : Date.parse(content.head.date)
  const facts = {
    // The corpus was kept for years: a message is judged as on the day it came, as far as that is known.
    nowMs: receivedMs ?? (Number.isNaN(dated) ? 0 : dated),
    smtputf8: false,
    isAuthorProven: false,
    hosted: knownDomains([]),
    isKnownSender: false,
    attachments: DEFAULT_ATTACHMENT_POLICY,
  }
  return contentFindings(content, facts).reduce((sum, { rule }) => sum + (contentRules[rule]?.score ?? 0), 0)
}
