import { needsUtf8 } from '../../mail/address.ts'
import type { Body, Recipient, Sender } from '../envelope.ts'
import type { Capabilities } from './capabilities.ts'
import type { Obstacle } from './fate.ts'

/**
 * A message's content as it is, whatever was declared of it when it came in. Lines end in CRLF; what does not is mended on
 * the way out, except in BINARYMIME.
 */
export interface OutgoingContent {
  /** Octets, before dots are added. RFC 1870 §5. */
  readonly sizeBytes: number
  /** 7BIT when every byte is below 128. */
  readonly body: Body
  /** Whether a header field has UTF-8, so that SMTPUTF8 is needed (RFC 6531 §3.2). UTF-8 in the body is no reason. */
  readonly utf8Header: boolean
  /** Set once it is known that the content must not be made 7-bit, because that would break a signature inside. */
  readonly conversion?: 'prohibited'
  /**
   * Opens the content; called at most once a transaction. Chunks are pulled as fast as the server reads, and must not change
   * after they were given. What it throws ends the transaction: see `SmtpClient.send`.
   */
  readonly open: (signal: AbortSignal) => AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

/** A message to send in one transaction. Of `sender`, size, body and SMTPUTF8 are those it came in with; `content` counts. */
export interface Outgoing {
  readonly sender: Sender
  /** At least one. */
  readonly recipients: readonly Recipient[]
  readonly content: OutgoingContent
}

/** For each recipient, what keeps the message from it at this server; null when nothing does. */
export function obstaclesOf(outgoing: Outgoing, offered: Capabilities, hasTls: boolean): readonly (Obstacle | null)[] {
  const whole = obstacleOfMessage(outgoing, offered, hasTls)
  let room = offered.rcptMax ?? Number.POSITIVE_INFINITY
  return outgoing.recipients.map(({ to }) => {
    if (whole !== null) return whole
    if (to !== 'postmaster' && needsUtf8(to) && !offered.smtpUtf8) return 'needs-smtputf8'
    room -= 1
    return room < 0 ? 'too-many-recipients' : null
  })
}

/**
 * Whether this server takes the content only as 7-bit lines, which it is not. RFC 6152 §3, RFC 3030 §3; RFC 6531 §3.1: a server that offers SMTPUTF8
 * offers 8BITMIME too, whether it says so or not.
 */
export function needsSevenBit({ body }: OutgoingContent, { chunking, binaryMime, eightBitMime, smtpUtf8 }: Capabilities): boolean {
  if (body === 'BINARYMIME') return !(chunking && binaryMime)
  return body === '8BITMIME' && !eightBitMime && !smtpUtf8
}

function obstacleOfMessage({ sender, content }: Outgoing, offered: Capabilities, hasTls: boolean): Obstacle | null {
  if (sender.requireTls && !(hasTls && offered.requireTls)) return 'needs-requiretls'
  if (offered.size.kind === 'offered' && offered.size.maxBytes !== null && content.sizeBytes > offered.size.maxBytes) return 'too-large'
  const utf8 = content.utf8Header || (sender.from !== null && needsUtf8(sender.from))
  if (utf8 && !offered.smtpUtf8) return 'needs-smtputf8'
  if (!needsSevenBit(content, offered)) return null
  if (content.conversion === 'prohibited') return 'conversion-prohibited'
  return content.body === 'BINARYMIME' ? 'needs-binarymime' : 'needs-8bitmime'
}
