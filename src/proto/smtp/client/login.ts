import { decodeBase64, encodeBase64 } from '../../sasl/base64.ts'
import type { Reply } from '../reply.ts'
import { type Stopped, stopped } from './greeting.ts'
import { MAX_CHALLENGE_CHARS, MAX_CHALLENGES } from './limits.ts'
import { chooseMechanism, type Credentials, type SaslClient } from './sasl.ts'
import type { Heard, Talk } from './talk.ts'

/**
 * What a login came to. `no-tls`: passwords are not sent in the clear, so nothing was said. `no-mechanism`: the server
 * offers none that we speak. `unproven`: it could not take its part in the exchange, or said yes without showing that it knows the
 * password, so it may not be the one we look for; the connection is closed.
 */
export type LoggedIn =
  | { readonly kind: 'logged-in'; readonly mechanism: string; readonly reply: Reply }
  | { readonly kind: 'no-tls' }
  | { readonly kind: 'no-mechanism'; readonly offered: readonly string[] }
  | { readonly kind: 'unproven'; readonly mechanism: string }
  | Stopped

/** Logs in by the strongest mechanism that both speak. RFC 4954 §4. A refusal is final: no weaker one is tried after it. */
export async function logIn(talk: Talk, credentials: Credentials, signal: AbortSignal): Promise<LoggedIn> {
  const { wire, offered } = talk
  if (wire.tls === null) return { kind: 'no-tls' }
  const sasl = chooseMechanism(offered.auth, credentials, wire.tls.exporter)
  if (sasl === null) return { kind: 'no-mechanism', offered: offered.auth }
  const { mechanism, initial } = sasl
  // RFC 4954 §4: an empty initial response is `=`; ours never are.
  talk.say(initial === null ? `AUTH ${mechanism}` : `AUTH ${mechanism} ${encodeBase64(initial)}`, `AUTH ${mechanism}${initial === null ? '' : ' ****'}`)
  const heard = await exchange(talk, sasl, signal)
  if (heard.kind !== 'unanswerable' && (heard.kind === 'lost' || heard.reply.code !== 235)) return stopped('auth', heard, talk)
  if (heard.kind === 'unanswerable' || !sasl.proven()) {
    talk.options.transcript.note('The server did not prove that it knows the password')
    talk.hangUp()
    return { kind: 'unproven', mechanism }
  }
  talk.loggedIn = true
  return { kind: 'logged-in', mechanism, reply: heard.reply }
}

/** Answers challenges until the server decides, or asks what cannot be answered. */
async function exchange(talk: Talk, sasl: SaslClient, signal: AbortSignal): Promise<Heard | { readonly kind: 'unanswerable' }> {
  const { authMs } = talk.options.deadlines
  let heard = await talk.hear(authMs, signal)
  for (let turn = 0; heard.kind === 'reply' && heard.reply.code === 334; turn++) {
    if (turn === MAX_CHALLENGES) return talk.lose('broken-reply')
    const text = heard.reply.text.trim()
    const challenge = text.length > MAX_CHALLENGE_CHARS ? null : challengeOf(text, sasl.mechanism)
    const answer = challenge === null ? null : await sasl.answer(challenge)
    if (answer === null) {
      talk.say('*') // RFC 4954 §4.
      return { kind: 'unanswerable' }
    }
    talk.say(encodeBase64(answer), '****')
    heard = await talk.hear(authMs, signal)
  }
  return heard
}

/** LOGIN's challenges are prompts for people, and some servers send them without Base64; only their number counts. */
function challengeOf(text: string, mechanism: string): Uint8Array | null {
  return mechanism === 'LOGIN' ? new Uint8Array(0) : decodeBase64(text)
}
