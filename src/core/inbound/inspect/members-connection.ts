import type { AccountId } from '../../../base/brand.ts'
import { judge } from '../../filter/judge.ts'
import { type ScanOptions, scanMessage } from '../../filter/scan/scan.ts'
import { ALL_RULES } from '../../filter/table/all.ts'
import type { Transaction } from '../session.ts'
import type { InspectSettings } from './house.ts'
import { hardOfScan, scanWord } from './hard-of-scan.ts'
import { type Inspected, type MessageInspection, type ReadMessage, UNCHECKED } from './inspected.ts'
import type { ConnectionInspection } from './inspection.ts'
import { outcomeOf } from './outcome.ts'
import { readersOf } from './recipient-facts.ts'

/** What the checks of our own accounts' mail are made of. */
export interface MembersHouse {
  readonly scan: ScanOptions
  readonly settings: Pick<InspectSettings, 'thresholds' | 'scores'>
  /** An account has tried to send malware. */
  readonly malware: (account: AccountId) => void
  readonly count: (verdict: string, by: string) => void
}

/** The checks of a connection over which accounts submit: scanners alone. Who has logged in is not weighed. deliverability §5.1. */
export function membersConnection(house: MembersHouse): ConnectionInspection {
  return {
    connect: () => null,
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

  /** Scanners read the message again when it is complete. */
  push(): void {}

  async finish(message: ReadMessage): Promise<Inspected> {
    const { scan, settings, malware, count } = this.#house
    const { session, sender, recipients } = this.#transaction
    const signal = new AbortController().signal // Each scanner has its own deadline.
    const found = await scanMessage(scan, {
      id: message.id, client: { address: session.peer.address, port: session.peer.port, name: null }, helo: session.helo, from: sender.from?.text ?? '',
      recipients: recipients.map(({ address }) => address), login: session.login?.login ?? null, open: () => message.open(signal),
    }, signal)
    const hard = hardOfScan(found)
    if (found.hard !== null && session.login !== null) malware(session.login.account)
    if (hard.length === 0) return UNCHECKED
    const readers = readersOf(recipients)
    const cases = readers.map(({ recipient }) => ({ recipient: recipient.address, list: { kind: 'none' } as const, findings: [], thresholds: settings.thresholds }))
    const verdicts = judge({ findings: found.findings, hard, recipients: cases, rules: ALL_RULES, overrides: settings.scores, reference: message.id })
    const checks = [{ check: 'scanners', result: scanWord(found), detail: found.hard?.name ?? null }]
    const outcome = outcomeOf({ readers, verdicts, results: '', checks, thresholds: settings.thresholds, reference: message.id })
    count(outcome.told.verdict, outcome.told.by)
    return outcome
  }
}
