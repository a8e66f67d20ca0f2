import type { AccountId } from '../../base/brand.ts'
import { systemClock } from '../../base/clock.ts'
import { AUTOLOGOUT_MS } from '../../proto/pop3/limits.ts'
import { servePop3 } from '../../proto/pop3/session.ts'
import { segmentReader } from '../backend/bytes.ts'
import { pop3Backend } from '../backend/pop3.ts'
import type { Serve } from '../listeners.ts'
import { holderOn } from '../node.ts'
import type { Services } from '../worker.ts'
import { Ending } from './ending.ts'

/** How long a maildrop stays locked after its worker died. */
const LOCK_MS = 60_000

/** POP3 sessions of a protocol thread. */
export function pop3Sessions({ config, node, db, blobs, bus, access, tls, log, metrics }: Services): Serve {
  const changed = (account: AccountId): void => bus.publish(`account:${account}`, {})
  const house = { db, segments: segmentReader(blobs), access, clock: systemClock, lockMs: LOCK_MS, holder: () => holderOn(node), changed }
  const open = metrics.gauge('merpati_pop3_sessions', 'POP3 sessions open now.')
  let sessions = 0
  return async (wire, { security }, signal) => {
    using ending = new Ending(bus, signal)
    const backend = pop3Backend(house, wire.peer)
    const watched: typeof backend = {
      ...backend,
      open(identity, until) {
        ending.watch(identity.account)
        return backend.open(identity, until)
      },
    }
    const settings = {
      stls: security === 'starttls' && tls !== null ? 'offer' : 'none',
      plainPasswords: config.mode === 'demo' ? 'allow' : 'refuse',
      autologoutMs: AUTOLOGOUT_MS,
      log,
    } as const
    open.set({}, (sessions += 1))
    try {
      await servePop3(wire, watched, settings, ending.signal)
    } finally {
      open.set({}, (sessions -= 1))
    }
  }
}
