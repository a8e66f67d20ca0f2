import type { Obstacle } from '../../proto/smtp/client/fate.ts'

/** What is said of a message that a server cannot take as it is. */
export const OBSTACLES: Readonly<Record<Obstacle, readonly [status: string, text: string]>> = {
  'too-large': ['5.3.4', 'the message is larger than the server takes'],
  'needs-smtputf8': ['5.6.7', 'the address or a header field is not ASCII, and the server takes no such mail (SMTPUTF8)'],
  'needs-8bitmime': ['5.6.3', 'the message has 8-bit content that has no 7-bit form, and the server takes none (8BITMIME)'],
  'needs-binarymime': ['5.6.3', 'the message has binary content that has no 7-bit form, and the server takes none (BINARYMIME)'],
  'conversion-prohibited': ['5.6.2', 'the message is signed (multipart/signed) and has 8-bit content, which the server does not take (8BITMIME) and which must not be changed'],
  'needs-requiretls': ['5.7.30', 'the message asks for TLS on all of its way (REQUIRETLS), and the server does not promise it'],
  'too-many-recipients': ['4.5.3', 'more recipients than the server takes at once'],
}
