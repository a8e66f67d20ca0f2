import type { Clock } from '../../base/clock.ts'
import { receiveWhole, type ReceiveOptions } from '../../core/inbound/receive.ts'
import { decideRecipient } from '../../core/inbound/recipient.ts'
import { receiveInto } from '../../core/inbound/sql-receive.ts'
import { sqlRoutes } from '../../core/route/sql.ts'
import type { Database } from '../../infra/db/database.ts'
import { parseAddress } from '../../proto/mail/address.ts'
import { NO_MAIL_PARAMS, NO_RCPT_PARAMS } from '../../proto/smtp/envelope.ts'
import { type Sample, samples } from './samples.ts'

/** Puts the demo's first mail into its mailboxes, by the same way as any other mail. */
export async function deliverSamples(db: Database, hostname: string, clock: Clock): Promise<void> {
  const options: ReceiveOptions = {
    house: { hostname, outbound: 'captured', secret: new Uint8Array(0) },
    clock,
    routes: sqlRoutes(db),
    ...receiveInto(db),
    bytes: { append: tooLarge, spool: tooLarge },
    segments: { read: tooLargeToRead },
    inlineBytes: 1024 * 1024,
    arrived: () => {},
    queued: () => {},
  }
  for (const sample of samples(clock.nowMs())) await deliverSample(options, sample)
}

function tooLarge(): Promise<never> {
  return Promise.reject(new Error('a sample is too large for the database'))
}

function tooLargeToRead(): never {
  throw new Error('a sample is too large for the database')
}

async function deliverSample(options: ReceiveOptions, { from, to, bytes }: Sample): Promise<void> {
  const sender = parseAddress(from)
  const recipient = parseAddress(`${to}@merpati.test`)
  if (!sender.ok || !recipient.ok) throw new Error(`a sample has a bad address: ${from}`)
  const rules = { postmasterDomain: async () => null, forwardedFrom: () => null, callout: async (): Promise<'unknown'> => 'unknown' }
  const answer = await decideRecipient(options.routes, rules, { to: recipient.value, ...NO_RCPT_PARAMS }, null, null)
  if (answer.kind === 'refused') throw new Error(`a sample was refused: ${answer.reply.text}`)
  const peer = { address: '127.0.0.1', port: 0, localAddress: '127.0.0.1', localPort: 25 }
  const session = { peer, protocol: 'esmtp', helo: 'demo.merpati.test', tls: null, login: null } as const
  const transaction = { session, sender: { from: sender.value, ...NO_MAIL_PARAMS }, recipients: [answer.recipient] }
  const [reply] = await receiveWhole(options, transaction, bytes)
  if (reply?.code !== 250) throw new Error(`a sample was not delivered: ${reply?.text}`)
}
