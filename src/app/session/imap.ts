import { systemClock } from '../../base/clock.ts'
import { serveImap } from '../../proto/imap/serve.ts'
import { byteStore, segmentReader } from '../backend/bytes.ts'
import { imapBackend } from '../backend/imap.ts'
import type { Serve } from '../listeners.ts'
import { VERSION } from '../version.ts'
import type { Services } from '../worker.ts'
import { Ending } from './ending.ts'

/** IMAP sessions of a protocol thread. */
export function imapSessions({ config, db, blobs, space, bus, access, tls, log, metrics }: Services): Serve {
  const backend = imapBackend({
    db,
    bus,
    bytes: byteStore(blobs),
    segments: segmentReader(blobs),
    access,
    clock: systemClock,
    hasRoom: () => !space.isLow,
    maxMessageBytes: config.limits.maxMessageBytes,
    inlineBytes: config.limits.inlineBytes,
    plainPasswords: config.mode === 'demo' ? 'allow' : 'refuse',
  })
  const open = metrics.gauge('merpati_imap_sessions', 'IMAP sessions open now.')
  let sessions = 0
  return async (wire, { security }, signal) => {
    using ending = new Ending(bus, signal)
    const watched: typeof backend = {
      ...backend,
      openStore(identity) {
        ending.watch(identity.account)
        return backend.openStore(identity)
      },
    }
    const settings = {
      hostname: config.hostname,
      tls: security === 'starttls' && tls !== null ? 'starttls' : 'none',
      plainPasswords: config.mode === 'demo',
      version: VERSION,
      clock: systemClock,
      log,
    } as const
    open.set({}, (sessions += 1))
    try {
      await serveImap(wire, watched, settings, ending.signal)
    } finally {
      open.set({}, (sessions -= 1))
    }
  }
}
