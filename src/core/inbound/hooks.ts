import { makeId } from '../../base/ids.ts'
import type { Range } from '../../proto/mail/view.ts'
import type { InspectionTold } from '../filter/told.ts'
import type { HookCall } from '../local/sql-hook.ts'
import type { AcceptedRecipient, Transaction } from './session.ts'

/** What calls for one message have in common. */
export interface HooksOf {
  readonly transaction: Transaction
  readonly told: InspectionTold
  readonly skips: readonly Range[]
  readonly nowMs: number
}

/** A call for each program that a recipient's route leads to. */
export function hookCalls(recipients: readonly AcceptedRecipient[], { transaction, told, skips, nowMs }: HooksOf): readonly HookCall[] {
  const about = aboutOf(transaction, told)
  return recipients.flatMap(({ hooks = [], address }) => hooks.map((hook) => ({ id: makeId('i', nowMs), hook, recipient: address, skips, about, dueMs: nowMs })))
}

/** The envelope, and what the checks have found. No evidence: it may come from strangers. */
function aboutOf({ session, sender }: Transaction, { verdict, score, checks }: InspectionTold): Readonly<Record<string, unknown>> {
  const word = (name: string): string | null => checks.find(({ check }) => check === name)?.result ?? null
  return {
    envelope: { from: sender.from?.text ?? '', helo: session.helo, client: session.login === null ? session.peer.address : null, tls: session.tls !== null },
    authentication: { spf: word('spf'), dkim: word('dkim'), dmarc: word('dmarc'), arc: word('arc'), login: session.login !== null },
    spam: { verdict, score },
  }
}
