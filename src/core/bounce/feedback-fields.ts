import { hash } from 'node:crypto'
import { remembered } from '../../base/remembered.ts'

/** The local part, at our own name, that complaints are sent to and feedback loops are enrolled with. */
export const FEEDBACK_LOCAL = 'fbl'

/** Fields by which a program says itself where complaints go. Lower-case. Who writes one of them answers for all. */
export const FEEDBACK_FIELDS: readonly string[] = ['feedback-id', 'cfbl-address', 'cfbl-feedback-id']

/** Whose delivery it is, and what kind of mail. */
export interface FeedbackOf {
  /** The return path of the delivery, which names it. */
  readonly sender: string
  readonly organization: string
  readonly stream: string
  /** The word that its sender counts it under; null for none. */
  readonly campaign: string | null
  readonly hostname: string
}

/** What fits between the colons of a Feedback-ID. */
const MAX_PART_CHARS = 40

/**
 * Header fields by which providers tell us of complaints: where to (RFC 9477), about which delivery, although they hide its recipient, and under which words Gmail counts spam. The last
 * word of a Feedback-ID is the same for all mail of a house, and has 5 to 15 characters. DKIM signs all three: `proto/dkim/sign.ts`.
 */
export function feedbackFields({ sender, organization, stream, campaign, hostname }: FeedbackOf): string {
  const words = [campaign ?? '', stream, organization].map((word) => word.replace(/[^A-Za-z0-9_.-]/g, '-').slice(0, MAX_PART_CHARS))
  return `CFBL-Address: ${FEEDBACK_LOCAL}@${hostname}; report=arf\r\nCFBL-Feedback-ID: ${sender.slice(0, sender.lastIndexOf('@'))}\r\nFeedback-ID: ${words.join(':')}:${houseWord(hostname)}\r\n`
}

const houseWord = remembered(1, (hostname) => `m${hash('sha256', hostname.toLowerCase(), 'hex').slice(0, 11)}`)
