import { hash } from 'node:crypto'
import { remembered } from '../../base/remembered.ts'
import { decodeWords } from '../../proto/mail/encoded-word.ts'

/** The local part, at our own name, that complaints are sent to and feedback loops are enrolled with. */
export const FEEDBACK_LOCAL = 'fbl'

/** The field that gives Gmail the words it counts spam under. Lower-case. */
export const FEEDBACK_ID = 'feedback-id'

/** What a sender says of complaints himself, so that we say none of it. */
export interface OwnFeedback {
  /** The words that Gmail counts spam under. */
  readonly words: boolean
  /** Where complaints go: RFC 9477. */
  readonly address: boolean
}

/** Reads it from the names of header fields, in lower case. */
export function ownFeedback(names: ReadonlySet<string>): OwnFeedback {
  return { words: names.has(FEEDBACK_ID), address: names.has('cfbl-address') || names.has('cfbl-feedback-id') }
}

/** Whether a Feedback-ID of a sender's own holds the word that stands for this house: nobody may have its mail counted as ours. */
export function speaksAsUs(texts: readonly string[], hostname: string): boolean {
  return texts.some((text) => decodeWords(text).replace(/\s+/g, '').toLowerCase().includes(houseWord(hostname)))
}

/** What is said of such a field. */
export const IN_OUR_NAME = 'ends in the word that stands for this server: write another one, or leave the field out'

/** Whose delivery it is, and what kind of mail. */
export interface FeedbackOf {
  /** The return path of the delivery, which names it. */
  readonly sender: string
  readonly organization: string
  readonly stream: string
  /** The word that its sender counts it under; null for none. One with an `@` is somebody's address, and does not go out. */
  readonly campaign: string | null
  readonly hostname: string
  readonly own: OwnFeedback
}

/** What fits between the colons of a Feedback-ID. */
const MAX_PART_CHARS = 40

/**
 * Header fields by which providers tell us of complaints: where to (RFC 9477), about which delivery, although they hide its recipient, and under which words Gmail counts spam:
 * campaign, customer, stream and sender (deliverability §1.14), of which the last is the same for all mail of a house and has 5 to 15 characters. What the sender says himself is left out.
 * DKIM signs all three: `proto/dkim/sign.ts`.
 */
export function feedbackFields({ sender, organization, stream, campaign, hostname, own }: FeedbackOf): string {
  const words = [campaign === null || campaign.includes('@') ? '' : campaign, organization, stream].map((word) => word.replace(/[^A-Za-z0-9_.-]/g, '-').slice(0, MAX_PART_CHARS))
  const address = `CFBL-Address: ${FEEDBACK_LOCAL}@${hostname}; report=arf\r\nCFBL-Feedback-ID: ${sender.slice(0, sender.lastIndexOf('@'))}\r\n`
  return `${own.address ? '' : address}${own.words ? '' : `Feedback-ID: ${words.join(':')}:${houseWord(hostname)}\r\n`}`
}

const houseWord = remembered(1, (hostname) => `m${hash('sha256', hostname.toLowerCase(), 'hex').slice(0, 11)}`)
