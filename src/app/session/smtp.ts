import { systemClock } from '../../base/clock.ts'
import { MAX_HOLD_MS } from '../../core/inbound/limits.ts'
import { sqlReturned } from '../../core/inbound/sql-returned.ts'
import { firstDomain } from '../../core/domain/sql.ts'
import { receiveInto } from '../../core/inbound/sql-receive.ts'
import { SendingGate } from '../../core/filter/outbound/gate.ts'
import { usageOf } from '../../core/filter/outbound/sql-usage.ts'
import { cachedRoutes } from '../../core/route/cached.ts'
import { sqlRoutes } from '../../core/route/sql.ts'
import type { Flavour } from '../../proto/smtp/server/backend.ts'
import { type SmtpConfig, smtpConfig } from '../../proto/smtp/server/config.ts'
import { GatherBudget } from '../../proto/smtp/server/gather-budget.ts'
import { GATHER_BUDGET_BYTES } from '../../proto/smtp/server/limits.ts'
import { serveSmtp } from '../../proto/smtp/server/session.ts'
import { srsReverse } from '../../proto/srs/srs.ts'
import { byteStore, segmentReader } from '../backend/bytes.ts'
import { Etrn } from '../backend/etrn.ts'
import type { Callout } from '../../core/outbound/callout.ts'
import { type SmtpHouse, smtpBackend } from '../backend/smtp.ts'
import type { ListenerConfig } from '../config/config.ts'
import { countingRefusals } from '../counted.ts'
import { QUEUE_TOPIC } from '../../core/queue/topic.ts'
import type { Serve } from '../listeners.ts'
import { tellingTaken } from '../spans.ts'
import type { Services } from '../worker.ts'

/** SMTP, submission and LMTP sessions of a protocol thread. */
export function smtpSessions(services: Services): Serve {
  const house = houseOf(services)
  const gather = new GatherBudget(GATHER_BUDGET_BYTES)
  const configs = new Map<ListenerConfig, SmtpConfig>()
  return async (wire, listener, signal) => {
    const config = configs.get(listener) ?? configFor(services, listener, gather)
    configs.set(listener, config)
    await serveSmtp(wire, flavourOf(listener), smtpBackend(house), config, signal)
  }
}

function houseOf(services: Services): SmtpHouse {
  const { config, db, blobs, space, bus, access, inspection, secret, log, metrics, spans, tasks } = services
  const receiving = receiveInto(db)
  const queued = (lane: string): void => bus.publish(QUEUE_TOPIC, { lane })
  let asking: Promise<Callout> | null = null // Made when a domain first needs it.
  const sessions = metrics.counter('merpati_smtp_sessions_total', 'SMTP and LMTP sessions that ended, and how.', ['flavour', 'how'])
  const accepted = metrics.counter('merpati_smtp_messages_total', 'Messages answered with a positive reply.', ['flavour'])
  const refused = metrics.counter('merpati_smtp_recipients_refused_total', 'Recipients refused in the session.', ['flavour'])
  const routes = cachedRoutes(sqlRoutes(db), systemClock)
  // A server that is there for mail begins to test the lists it asks; a demo that nobody writes to carries none of it.
  if (config.mode === 'production' && config.listeners.some(({ protocol }) => protocol === 'smtp')) services.tasks.add('filter.not-opened', inspection())
  return {
    receive: {
      house: { hostname: config.hostname, outbound: config.outbound.mode === 'sent' ? 'queued' : 'captured', secret, trackOrigin: config.track.origin },
      clock: systemClock,
      routes,
      bytes: byteStore(blobs),
      inlineBytes: config.limits.inlineBytes,
      ...receiving,
      deliver: tellingTaken(receiving.deliver, { spans, refused: countingRefusals(metrics) }),
      segments: segmentReader(blobs),
      arrived: (account) => bus.publish(`account:${account}`, {}),
      queued,
    },
    access,
    etrn: new Etrn({ db, clock: systemClock, queued, tasks, log }),
    hasRoom: () => !space.isLow,
    forwardedFrom: (local) => srsReverse(local, { secret, nowMs: systemClock.nowMs() }),
    callout: async (address) => {
      asking ??= import('../callout.ts').then(({ makeCallout }) => makeCallout(services))
      return await (await asking).ask(address)
    },
    async inspect({ flavour, peer }) {
      if (flavour === 'mx') return (await inspection()).strangers(peer.address)
      return flavour === 'submission' ? (await inspection()).members() : null
    },
    submission: {
      gate: new SendingGate({ caps: config.submission.caps, usage: ({ account, organization }, nowMs) => usageOf(db, account, organization, nowMs) }),
      clock: systemClock,
      log,
    },
    returned: sqlReturned(db, { hostname: config.hostname, secret, clock: systemClock }),
    postmasterDomain: async () => (await firstDomain(db))?.name ?? null,
    ended: ({ session, how, messages, errors, refusedRecipients }) => {
      sessions.inc({ flavour: session.flavour, how })
      accepted.inc({ flavour: session.flavour }, messages)
      refused.inc({ flavour: session.flavour }, refusedRecipients)
      log.debug('smtp.ended', { client: session.peer.address, flavour: session.flavour, how, messages, errors })
    },
    log,
  }
}

function configFor({ config, tls, log }: Services, { protocol, security }: ListenerConfig, gather: GatherBudget): SmtpConfig {
  return smtpConfig({
    hostname: config.hostname,
    banner: protocol === 'lmtp' ? 'LMTP Merpati' : 'ESMTP Merpati',
    gather,
    clock: systemClock,
    startTls: security === 'starttls' && tls !== null ? 'offer' : 'none',
    maxMessageBytes: config.limits.maxMessageBytes,
    maxHoldSeconds: protocol === 'submission' ? MAX_HOLD_MS / 1000 : null,
    onError: (error, during) => log.error('smtp.failed', { during, error }),
  })
}

function flavourOf({ protocol }: ListenerConfig): Flavour {
  if (protocol === 'submission' || protocol === 'lmtp') return protocol
  return 'mx'
}
