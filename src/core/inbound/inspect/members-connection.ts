import type { AccountId } from '../../../base/brand.ts'
import type { Log } from '../../../base/log.ts'
import { authenticationResults } from '../../../proto/mail/auth-results.ts'
import { submissionMethods } from '../../filter/auth-results.ts'
import type { Transaction } from '../session.ts'
import { type Inspected, type MessageInspection, type ReadMessage, UNCHECKED } from './inspected.ts'
import type { ConnectionInspection } from './inspection.ts'
import type { OutgoingEnvelope, OutgoingVerdict } from './outgoing-check.ts'

/** What the checks of our own accounts' mail are made of. */
export interface MembersHouse {
  /** In whose name results are told. */
  readonly hostname: string
  readonly check: (message: ReadMessage, envelope: OutgoingEnvelope) => Promise<OutgoingVerdict>
  /** An account has tried to send malware. */
  readonly malware: (account: AccountId) => void
  readonly log: Log
}

/** The checks of a connection over which accounts submit: what they send is read at its end, and nothing before. Who has logged in is not weighed. deliverability §5.1. */
export function membersConnection(house: MembersHouse): ConnectionInspection {
  return {
    connect: async () => null,
    mail: async () => null,
    recipient: async () => null,
    unknownRecipient: async () => null,
    message: (transaction) => new MembersMessage(house, transaction),
    ended: () => {},
  }
}

class MembersMessage implements MessageInspection {
  readonly #house: MembersHouse
  readonly #transaction: Transaction

  constructor(house: MembersHouse, transaction: Transaction) {
    this.#house = house
    this.#transaction = transaction
  }

  /** It is read again when it is complete. */
  push(): void {}

  async finish(message: ReadMessage): Promise<Inspected> {
    const { check, hostname, malware, log } = this.#house
    const { session, sender, recipients } = this.#transaction
    const verdict = await check(message, {
      client: { address: session.peer.address, port: session.peer.port }, helo: session.helo, from: sender.from?.text ?? '',
      recipients: recipients.map(({ address }) => address), login: session.login?.login ?? '', smtpUtf8: sender.smtpUtf8,
    })
    const { told } = verdict
    const fields = session.login === null ? '' : authenticationResults(hostname, submissionMethods(sender.from?.text ?? null, session.tls))
    switch (verdict.kind) {
      case 'refuse':
        if (verdict.isMalware && session.login !== null) malware(session.login.account)
        return { kind: 'not-taken', reply: verdict.reply, told }
      case 'hold':
        log.warn('submission.held', { message: message.id, account: session.login?.account, by: told.by, score: told.score })
        return { ...UNCHECKED, fields, held: { which: 'all', why: verdict.why }, told }
      case 'send':
        return { ...UNCHECKED, fields, told }
    }
  }
}
