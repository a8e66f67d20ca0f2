import assert from 'node:assert/strict'
import { Unavailable } from '../../src/base/unavailable.ts'
import { offeredMechanisms, startSasl } from '../../src/proto/sasl/mechanisms.ts'
import { deriveScramKeys } from '../../src/proto/sasl/scram-keys.ts'
import { type Reply, reply } from '../../src/proto/smtp/reply.ts'
import type { Recipient, Sender } from '../../src/proto/smtp/envelope.ts'
import type { Answer, EtrnAnswer, EtrnNode, MessageSink, Outcome, SessionEnd, SmtpBackend, Transaction } from '../../src/proto/smtp/server/backend.ts'

/** A message the pretended house has taken, for the recipients whose reply was positive. */
export interface TakenMessage {
  readonly transaction: Transaction<string, string, string>
  readonly to: readonly string[]
  readonly body: Buffer
  readonly how: 'whole' | 'streamed'
}

/**
 * A house in memory for SMTP. Everyone at `home.example` exists but `nobody`; other domains are refused except to who has
 * logged in (password `merpati`, or `pencil` by SCRAM, with the nonce of RFC 7677 §3). Some names misbehave:
 *
 * as recipients: `full` has no room (452), `down` cannot be looked up, `brim` is out of disk, `bug` throws; `later`, at the
 * end of a message, is 452 while others are kept (LMTP); as senders: `spam` is refused, `gone` refused and hung up on;
 * who greets as `primary.*` may say ETRN; `lost` has messages that cannot be stored, `tight` ones that find no room, `twice` makes one reply too many.
 */
export class MemorySmtp {
  readonly taken: TakenMessage[] = []
  readonly ends: SessionEnd<string>[] = []
  readonly errors: unknown[] = []
  /** Sinks opened and neither finished nor aborted; 0 when no session runs. */
  openSinks = 0
  abortedSinks = 0
  /** What connecting gets; null welcomes. */
  banner: Reply | null = null
  /** While set, a message waits for it before it is answered. */
  hold: Promise<void> | null = null

  /** The backend of one connection. */
  backend(): SmtpBackend<string, string, string> {
    return {
      connect: () => (this.banner === null ? { kind: 'accepted', value: null } : { kind: 'refused', reply: this.banner }),
      mechanisms: (session) => offeredMechanisms(session.tls, 'refuse'),
      startAuth: (mechanism, { tls }) =>
        startSasl(mechanism, {
          authority: {
            checkPassword: async (user, password) => {
              if (user === 'suspended') return { kind: 'fail', reason: 'disabled' }
              if (user === 'hammered') return { kind: 'fail', reason: 'throttled' }
              if (user === 'waiting') return { kind: 'fail', reason: 'temporary' }
              return password === 'merpati' ? { kind: 'ok', identity: user } : { kind: 'fail', reason: 'credentials' }
            },
            scramSecrets: async () => {
              const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
              const keys = await deriveScramKeys('pencil', salt, 4096)
              return { kind: 'secrets', secrets: { salt, iterations: 4096, candidates: [{ ...keys, credential: 'c1' }] } }
            },
            scramDone: async (user, credential) =>
              credential === null ? { kind: 'fail', reason: 'credentials' } : { kind: 'ok', identity: user },
          },
          offered: offeredMechanisms(tls, 'refuse'),
          tls,
          serverNonce: () => '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
        }),
      mail: (sender) => mailAnswer(sender),
      rcpt: async (recipient, { session }) => rcptAnswer(recipient, session.identity),
      deliver: async (transaction, bytes) => {
        assert.equal(bytes.byteOffset, 0)
        assert.equal(bytes.buffer.byteLength, bytes.length, 'the array has a buffer of its own')
        // As a backend that sends the message to another thread: the engine must not need it any more.
        const moved = structuredClone(bytes, { transfer: [bytes.buffer as ArrayBuffer] })
        return await this.#keep(transaction, Buffer.from(moved), 'whole')
      },
      open: async (transaction) => this.#open(transaction),
      etrn: {
        offered: ({ client }) => client?.startsWith('primary.') === true,
        start: async ({ kind, name }) => etrnAnswer(kind, name),
      },
      ended: (end) => {
        this.ends.push(end)
      },
    }
  }

  #open(transaction: Transaction<string, string, string>): MessageSink {
    fuss(transaction.sender)
    const chunks: Buffer[] = []
    this.openSinks += 1
    return {
      write: async (bytes) => {
        // A sink that takes its time: the engine must not touch the bytes until it is done.
        await Promise.resolve()
        chunks.push(Buffer.from(bytes))
      },
      finish: async () => {
        this.openSinks -= 1
        return await this.#keep(transaction, Buffer.concat(chunks), 'streamed')
      },
      abort: async () => {
        this.openSinks -= 1
        this.abortedSinks += 1
      },
    }
  }

  async #keep(transaction: Transaction<string, string, string>, body: Buffer, how: TakenMessage['how']): Promise<Outcome> {
    if (this.hold !== null) await this.hold
    fuss(transaction.sender)
    const number = this.taken.length + 1
    const names = transaction.recipients.map(({ rcpt }) => rcpt)
    const lmtp = transaction.session.flavour === 'lmtp'
    const to = lmtp ? names.filter((name) => !name.startsWith('later@')) : names
    if (to.length > 0) this.taken.push({ transaction, to, body, how })
    if (local(transaction.sender) === 'twice') return { kind: 'each', replies: [...names, ''].map(() => reply(250, '2.0.0', 'Ok')) }
    if (!lmtp) return { kind: 'all', reply: reply(250, '2.0.0', `Kept as ${number}, ${body.length} octets`) }
    const late = reply(452, '4.2.2', 'The mailbox is full')
    return { kind: 'each', replies: names.map((name) => (name.startsWith('later@') ? late : reply(250, '2.1.5', `Kept for ${name}`))) }
  }
}

function local({ from }: Sender): string {
  return from?.local ?? ''
}

function fuss(sender: Sender): void {
  if (local(sender) === 'lost') throw new Unavailable('database')
  if (local(sender) === 'tight') throw new Unavailable('disk', { full: true })
}

/** Names that answer by what they are called. */
function etrnAnswer(kind: EtrnNode['kind'], name: string): EtrnAnswer {
  if (kind === 'queue') return { kind: 'not-allowed', why: 'no queue has a name here' }
  if (name === 'down.example') throw new Unavailable('database')
  if (name === 'soon.example') return { kind: 'unable', why: 'asked less than a minute ago' }
  if (name === 'empty.example') return { kind: 'nothing' }
  if (name === 'many.example') return { kind: 'pending', count: null }
  if (name === 'unknown.example') return { kind: 'started' }
  if (name.endsWith('home.example')) return { kind: 'pending', count: kind === 'subdomains' ? 7 : 3 }
  return { kind: 'not-allowed', why: 'it is not yours' }
}

function mailAnswer(sender: Sender): Answer<string> {
  if (local(sender) === 'spam') return { kind: 'refused', reply: reply(550, '5.7.1', 'Not from you') }
  if (local(sender) === 'gone') return { kind: 'refused', reply: reply(554, '5.7.1', 'Go away'), close: true }
  return { kind: 'accepted', value: local(sender) }
}

function rcptAnswer({ to }: Recipient, identity: string | null): Answer<string> {
  if (to === 'postmaster') return { kind: 'accepted', value: 'postmaster' }
  if (to.local === 'down') throw new Unavailable('database')
  if (to.local === 'brim') throw new Unavailable('disk', { full: true })
  if (to.local === 'bug') throw new Error('a bug')
  if (to.local === 'full') return { kind: 'refused', reply: reply(452, '4.2.2', 'The mailbox is full') }
  if (to.local === 'nobody') return { kind: 'refused', reply: reply(550, '5.1.1', 'No such mailbox') }
  if (to.domain !== 'home.example' && identity === null) return { kind: 'refused', reply: reply(550, '5.7.1', 'We do not relay') }
  return { kind: 'accepted', value: to.text }
}
