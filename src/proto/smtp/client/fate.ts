import type { Reply } from '../reply.ts'

/** Where in a conversation something happened. `content` is before the end of the message was sent, `final` after it. */
export type Stage = 'banner' | 'hello' | 'starttls' | 'auth' | 'reset' | 'mail' | 'rcpt' | 'data' | 'content' | 'final' | 'quit'

/** Why no reply came: the server closed, was silent for too long, said what is no reply, or we are stopping. */
export type LostHow = 'end' | 'timeout' | 'broken-reply' | 'aborted'

/** What keeps us from sending a message to this server. Known before anything of it is sent. */
export type Obstacle =
  /** Larger than the server's SIZE. 5.3.4; permanent. */
  | 'too-large'
  /** A local part or header is not ASCII, and SMTPUTF8 is not offered. 5.6.7; permanent (RFC 6531 §3.6). */
  | 'needs-smtputf8'
  /** The content has bytes above 127, and 8BITMIME is not offered. 5.6.3; permanent unless the caller converts it. */
  | 'needs-8bitmime'
  /** The content is binary, and CHUNKING with BINARYMIME is not offered. 5.6.3; permanent unless the caller converts it. */
  | 'needs-binarymime'
  /** The server takes 7-bit content only, and what is signed inside must not be converted. 5.6.2; permanent. */
  | 'conversion-prohibited'
  /** REQUIRETLS, and the connection has no TLS or the server does not offer it. 5.7.30; permanent (RFC 8689 §4.2.1). */
  | 'needs-requiretls'
  /** More recipients than the server takes in one transaction (RFC 9422). 4.5.3; temporary: send them in another one at once. */
  | 'too-many-recipients'

/** What decided a fate: the server's reply, the loss of the connection, or we ourselves. */
export type Cause =
  | { readonly by: 'reply'; readonly reply: Reply }
  | { readonly by: 'loss'; readonly how: LostHow }
  | { readonly by: 'us'; readonly obstacle: Obstacle }

/** What became of one recipient in one transaction. Every expected ending is here. */
export type Fate =
  /** The server has taken responsibility. */
  | { readonly kind: 'delivered'; readonly stage: 'final'; readonly reply: Reply }
  /** Surely not delivered; another try may succeed. */
  | { readonly kind: 'temporary'; readonly stage: Stage; readonly cause: Cause }
  /** Surely not delivered, and not to be tried again in this form. */
  | { readonly kind: 'permanent'; readonly stage: Stage; readonly cause: Cause }
  /**
   * The connection was lost after the end of the message and before its reply: the server may have it or not. Trying again may
   * deliver twice (RFC 1047).
   */
  | { readonly kind: 'unknown'; readonly stage: 'final'; readonly how: LostHow }

/**
 * The connection after a transaction: fit for another one (`ready`), fit only for QUIT because the server takes no
 * more messages on it (`spent`), or gone (`closed`).
 */
export type ConnectionState = 'ready' | 'spent' | 'closed'

/** What a reply means for the request it answers, when `wanted` (2 or 3) is the first digit of yes. */
export function meaning({ code }: Reply, wanted: 2 | 3): 'yes' | 'temporary' | 'permanent' | 'broken' {
  const group = Math.floor(code / 100)
  if (group === 4) return 'temporary'
  if (group === 5) return 'permanent'
  return group === wanted ? 'yes' : 'broken'
}

/** The fate that a refusing reply means. */
export function refusedBy(stage: Stage, reply: Reply): Fate {
  return { kind: reply.code >= 500 ? 'permanent' : 'temporary', stage, cause: { by: 'reply', reply } }
}

/** The fate when the connection was lost before the end of the message had been sent. */
export function lostAt(stage: Stage, how: LostHow): Fate {
  return { kind: 'temporary', stage, cause: { by: 'loss', how } }
}
