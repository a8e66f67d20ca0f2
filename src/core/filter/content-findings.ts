import { attachmentVerdict, type AttachmentVerdict } from './check/attachment.ts'
import { bodyFindings } from './check/body.ts'
import { headerFindings } from './check/header.ts'
import { linkFindings } from './check/link.ts'
import { phishingFindings } from './check/phishing.ts'
import type { ContentFacts } from './content-facts.ts'
import type { Finding } from './finding.ts'
import type { MailContent } from './mail-content.ts'
import type { FilterRules } from './rule.ts'
import { attachmentRules } from './table/attachment.ts'
import { bodyRules } from './table/body.ts'
import { headerRules } from './table/header.ts'
import { linkRules } from './table/link.ts'
import { phishingRules } from './table/phishing.ts'

/** Every rule over the content of a message, by name. */
export const contentRules: FilterRules = { ...headerRules, ...bodyRules, ...linkRules, ...attachmentRules, ...phishingRules }

/** All that the content of a message tells: header, text, links, attachments, and whom it pretends to be. Pure; no rule twice but with other evidence. */
export function contentFindings(content: MailContent, facts: ContentFacts): readonly Finding[] {
  return contentVerdict(content, facts).findings
}

/** The same, with what must happen because of an attachment. */
export function contentVerdict(content: MailContent, facts: ContentFacts): AttachmentVerdict {
  const { findings, hard } = attachmentVerdict(content, facts.attachments)
  const all = [...headerFindings(content, facts), ...bodyFindings(content), ...linkFindings(content, facts), ...findings, ...phishingFindings(content, facts)]
  return { findings: all, hard }
}
