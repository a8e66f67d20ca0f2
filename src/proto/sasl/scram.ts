import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { SaslAuthority, SaslExchange, SaslFailure, SaslTurn, ScramKeys, ScramSecrets } from './exchange.ts'
import type { ClientFinal, ClientFirst } from './scram-message.ts'
import { parseClientFinal, parseClientFirst } from './scram-message.ts'

/** What one SCRAM-SHA-256 exchange is given. */
export interface ScramOptions<Identity> {
  readonly authority: SaslAuthority<Identity>
  readonly mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-256-PLUS'
  /** `tls-exporter` bytes (RFC 9266) when SCRAM-SHA-256-PLUS is offered on this connection, else null. */
  readonly exporter: Uint8Array | null
  /** Our part of the nonce: printable ASCII without comma, at least 18 random bytes' worth, never used before. */
  readonly serverNonce: string
  /** How the server's signature travels: see `SaslExchange`. */
  readonly finalData: 'challenge' | 'with-success'
}

/** Keys have been asked for, and the proof is awaited. */
interface Proof {
  readonly at: 'proof'
  readonly first: ClientFirst
  readonly serverFirst: string
  readonly nonce: string
  readonly secrets: ScramSecrets
}

/** Where an exchange stands. RFC 5802 §5. */
type Phase<Identity> =
  | { readonly at: 'fresh' }
  | { readonly at: 'asked' }
  | Proof
  | { readonly at: 'signed'; readonly identity: Identity }
  | { readonly at: 'over' }

const EMPTY = new Uint8Array(0)

/** SCRAM-SHA-256 and SCRAM-SHA-256-PLUS: proves the password without sending it. RFC 5802 §3, RFC 7677, RFC 9266. */
export function scramExchange<Identity>(options: ScramOptions<Identity>): SaslExchange<Identity> {
  let phase: Phase<Identity> = { at: 'fresh' }
  return {
    async step(response) {
      const now = phase
      phase = { at: 'over' }
      if (now.at === 'fresh' && response === null) {
        phase = { at: 'asked' }
        return { kind: 'challenge', data: EMPTY }
      }
      if (now.at === 'over' || response === null) return { kind: 'fail', reason: 'malformed' }
      if (now.at === 'signed') {
        return response.length === 0 ? { kind: 'done', identity: now.identity, data: null } : { kind: 'fail', reason: 'malformed' }
      }
      const { turn, next } = now.at === 'proof' ? await prove(now, response, options) : await greet(response, options)
      phase = next
      return turn
    },
  }
}

interface Moved<Identity> {
  readonly turn: SaslTurn<Identity>
  readonly next: Phase<Identity>
}

/** The client's first message in, ours out: nonce, salt, iterations. */
async function greet<Identity>(response: Uint8Array, options: ScramOptions<Identity>): Promise<Moved<Identity>> {
  const parsed = parseClientFirst(response)
  if (!parsed.ok) return failed('malformed')
  const first = parsed.value
  const refusal = bindingRefusal(first, options)
  if (refusal !== null) return failed(refusal)
  const answer = await options.authority.scramSecrets(first.user)
  if (answer.kind === 'fail') return failed(answer.reason)
  const { secrets } = answer
  const nonce = first.nonce + options.serverNonce
  const serverFirst = `r=${nonce},s=${Buffer.from(secrets.salt).toString('base64')},i=${secrets.iterations}`
  return { turn: { kind: 'challenge', data: Buffer.from(serverFirst) }, next: { at: 'proof', first, serverFirst, nonce, secrets } }
}

/** Whether what the client says of channel binding fits what was offered. RFC 5802 §6. */
function bindingRefusal<Identity>(first: ClientFirst, { mechanism, exporter }: ScramOptions<Identity>): 'credentials' | 'malformed' | null {
  const plus = mechanism === 'SCRAM-SHA-256-PLUS'
  switch (first.binding.kind) {
    case 'bound':
      return plus && first.binding.type === 'tls-exporter' && exporter !== null ? null : 'malformed'
    case 'unoffered':
      // §6: we offered PLUS and the client did not see it: somebody between us struck it from the list.
      return plus || exporter !== null ? 'credentials' : null
    default:
      return plus ? 'malformed' : null
  }
}

/** The client's proof in, our signature out. */
async function prove<Identity>(now: Proof, response: Uint8Array, options: ScramOptions<Identity>): Promise<Moved<Identity>> {
  const parsed = parseClientFinal(response)
  if (!parsed.ok || parsed.value.nonce !== now.nonce) return failed('malformed')
  const authMessage = `${now.first.bare},${now.serverFirst},${parsed.value.withoutProof}`
  // Acting for another is not offered: the authorization identity may only repeat the name.
  const allowed = (now.first.as === '' || now.first.as === now.first.user) && isBound(now.first, parsed.value, options.exporter)
  const found = now.secrets.candidates.find((keys) => holds(keys, authMessage, parsed.value))
  const answer = await options.authority.scramDone(now.first.user, allowed && found !== undefined ? found.credential : null)
  if (answer.kind === 'fail') return failed(answer.reason)
  if (!allowed || found === undefined) return failed('credentials')
  const data = Buffer.from(`v=${hmac(found.serverKey, authMessage).toString('base64')}`)
  if (options.finalData === 'challenge') return { turn: { kind: 'challenge', data }, next: { at: 'signed', identity: answer.identity } }
  return { turn: { kind: 'done', identity: answer.identity, data }, next: { at: 'over' } }
}

/** ClientKey = ClientProof XOR HMAC(StoredKey, AuthMessage), and H(ClientKey) must be StoredKey. RFC 5802 §3. */
function holds(keys: ScramKeys, authMessage: string, { proof }: ClientFinal): boolean {
  const signature = hmac(keys.storedKey, authMessage)
  const clientKey = signature.map((byte, i) => byte ^ (proof[i] ?? 0))
  const storedKey = createHash('sha256').update(clientKey).digest()
  return storedKey.length === keys.storedKey.length && timingSafeEqual(storedKey, keys.storedKey)
}

/** `c=` must repeat the header and, under PLUS, carry this channel's binding. RFC 5802 §5.1 (c), RFC 9266 §2. */
function isBound(first: ClientFirst, final: ClientFinal, exporter: Uint8Array | null): boolean {
  const channel = first.binding.kind === 'bound' && exporter !== null ? exporter : EMPTY
  const expected = Buffer.concat([Buffer.from(first.header), channel])
  return final.binding.length === expected.length && timingSafeEqual(final.binding, expected)
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function failed<Identity>(reason: SaslFailure): Moved<Identity> {
  return { turn: { kind: 'fail', reason }, next: { at: 'over' } }
}
