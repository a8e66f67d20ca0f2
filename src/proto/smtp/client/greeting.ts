import type { TlsState } from '../../../base/wire.ts'
import type { Reply } from '../reply.ts'
import { type Capabilities, NO_CAPABILITIES, parseCapabilities } from './capabilities.ts'
import { type LostHow, meaning, type Stage } from './fate.ts'
import type { Heard, Talk } from './talk.ts'

/** Why a connection did not come as far as it should: the server refused, with a reply, or was lost. */
export type Stopped =
  | { readonly kind: 'refused'; readonly stage: Stage; readonly reply: Reply }
  | { readonly kind: 'lost'; readonly stage: Stage; readonly how: LostHow }

/** What greeting came to. */
export type Greeted = { readonly kind: 'ready'; readonly offered: Capabilities } | Stopped

/**
 * What STARTTLS came to. `secured`: TLS is up and its certificate is the caller's to judge, before `hello`. `refused` leaves the
 * connection as it was; after `failed` it is gone. `early-data`: the server, or somebody between us, sent bytes in the clear
 * after agreeing to TLS (RFC 3207 §6).
 */
export type Secured =
  | { readonly kind: 'secured'; readonly tls: TlsState }
  | { readonly kind: 'not-offered' }
  | { readonly kind: 'failed'; readonly reason: 'handshake' | 'early-data' }
  | Stopped

/** The codes of a server that does not know a command, rather than us. RFC 5321 §4.2.4. */
const NOT_UNDERSTOOD: ReadonlySet<number> = new Set([500, 501, 502, 503, 504])

/** Waits for the banner. RFC 5321 §3.1: 220, or 554 or 421 from a server that does not want us. */
export async function hearBanner(talk: Talk, signal: AbortSignal): Promise<Stopped | null> {
  const heard = await talk.hear(talk.options.deadlines.bannerMs, signal)
  return heard.kind === 'reply' && heard.reply.code === 220 ? null : stopped('banner', heard, talk)
}

/**
 * Says EHLO or LHLO, and learns what is offered; forgets what was offered before (RFC 3207 §4.2). RFC 5321 §3.2, §4.1.1.1.
 *
 * A server that refuses EHLO for good is tried with HELO once, unless `fallback` is `none` (TLS or a login is needed, which
 * HELO cannot give). When it refuses that as well, the reply that says more is kept: that to HELO if EHLO was not understood.
 */
export async function sayHello(talk: Talk, fallback: 'helo' | 'none', signal: AbortSignal): Promise<Greeted> {
  const { flavour, name, deadlines } = talk.options
  talk.offered = NO_CAPABILITIES
  talk.say(`${flavour === 'lmtp' ? 'LHLO' : 'EHLO'} ${name}`)
  const heard = await talk.hear(deadlines.helloMs, signal)
  if (heard.kind === 'lost') return stopped('hello', heard, talk)
  if (meaning(heard.reply, 2) === 'yes') return ready(talk, parseCapabilities(heard.reply))
  if (meaning(heard.reply, 2) !== 'permanent' || fallback === 'none' || flavour === 'lmtp') return stopped('hello', heard, talk)
  talk.say(`HELO ${name}`)
  const second = await talk.hear(deadlines.helloMs, signal)
  if (second.kind === 'lost') return stopped('hello', second, talk)
  if (meaning(second.reply, 2) === 'yes') return ready(talk, { ...NO_CAPABILITIES, name: second.reply.text.split(/\s/, 1)[0] ?? '' })
  return stopped('hello', NOT_UNDERSTOOD.has(heard.reply.code) ? second : heard, talk)
}

function ready(talk: Talk, offered: Capabilities): Greeted {
  talk.offered = offered
  talk.state = 'ready'
  talk.needsReset = false
  return { kind: 'ready', offered }
}

/** Asks for TLS and lets the wire bring it up. RFC 3207 §4. */
export async function upgrade(talk: Talk, signal: AbortSignal): Promise<Secured> {
  const { wire, options, offered } = talk
  if (!offered.startTls || wire.tls !== null) return { kind: 'not-offered' }
  talk.say('STARTTLS')
  const heard = await talk.hear(options.deadlines.startTlsMs, signal)
  if (heard.kind === 'lost' || heard.reply.code !== 220) return stopped('starttls', heard, talk)
  if (wire.waiting > 0) {
    options.transcript.note('The server went on in the clear after agreeing to TLS')
    talk.hangUp()
    return { kind: 'failed', reason: 'early-data' }
  }
  talk.state = 'fresh'
  talk.offered = NO_CAPABILITIES
  const tls = await wire.startTls(options.deadlines.startTlsMs)
  if (tls === null) {
    options.transcript.note('TLS did not come up')
    talk.hangUp()
    return { kind: 'failed', reason: 'handshake' }
  }
  options.transcript.note(`TLS is up: ${tls.version}, ${tls.cipher}`)
  return { kind: 'secured', tls }
}

/** A reply that is neither the one awaited nor a refusal leaves us without an idea of where the server stands. */
export function stopped(stage: Stage, heard: Heard, talk: Talk): Stopped {
  if (heard.kind === 'reply' && heard.reply.code >= 400) return { kind: 'refused', stage, reply: heard.reply }
  const lost = heard.kind === 'lost' ? heard : talk.lose('broken-reply')
  return { kind: 'lost', stage, how: lost.kind === 'lost' ? lost.how : 'broken-reply' }
}
