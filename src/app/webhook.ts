import { systemClock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { EventLog } from '../core/event/follow.ts'
import { blockList } from '../core/outbound/targets.ts'
import type { SegmentReader } from '../core/mailbox/body.ts'
import { WebhookEngine } from '../core/webhook/engine.ts'
import { bodyReader } from '../core/webhook/routed/sql-body.ts'
import { sqlCalls } from '../core/webhook/sql-store.ts'
import type { AskAddresses, TargetRules } from '../core/webhook/target.ts'
import type { Database } from '../infra/db/database.ts'
import { postTo } from '../infra/net/post-to.ts'
import type { DnsResolver } from '../infra/net/resolver/resolver.ts'
import type { Metrics } from '../infra/observe/metrics.ts'
import type { Spans } from '../infra/observe/spans.ts'
import { lastingSecret } from './births.ts'
import type { Config } from './config/config.ts'
import { builtInZone } from './demo/zone.ts'
import { calledSpan } from './spans.ts'
import { VERSION } from './version.ts'

/** Seconds: a call that takes over three is slow, and none takes over fifteen. */
const BUCKETS: readonly number[] = [0.05, 0.1, 0.25, 0.5, 1, 3, 5, 10, 15]

/** What webhooks are made with. */
export interface WebhookParts {
  readonly db: Database
  readonly events: EventLog
  /** Where large messages lie, for calls that carry one. */
  readonly segments: SegmentReader
  /** A name for what the engine leases. */
  readonly holder: string
  /** Null where names are the demo's own. */
  readonly resolver: DnsResolver | null
  readonly metrics: Metrics
  readonly spans: Spans | null
  readonly log: Log
}

/** Starts to tell endpoints of events, in main: calls are few octets and much waiting, and every endpoint has its own connections. */
export function startWebhooks(config: Config, { db, events, segments, holder, resolver, metrics, spans, log }: WebhookParts): WebhookEngine {
  const tries = metrics.counter('merpati_webhook_tries_total', 'Calls of webhooks that were tried, by what came of them.', ['outcome'])
  const seconds = metrics.histogram('merpati_webhook_duration_seconds', 'How long calls of webhooks took.', [], BUCKETS)
  const lag = metrics.gauge('merpati_webhook_lag_seconds', 'How long the oldest call of a webhook that may be made has been waiting.', [], 'max')
  const engine = new WebhookEngine({
    store: sqlCalls({ db, events, holder, secret: lastingSecret(config), clock: systemClock }),
    post: postTo,
    ask: askWebhookNames(resolver),
    bodyOf: bodyReader({ db, segments }),
    rules: webhookRules(config),
    userAgent: `Merpati/${VERSION}`,
    clock: systemClock,
    chance: Math.random,
    log,
    tried(call, attempt, outcome) {
      tries.inc({ outcome })
      seconds.observe({}, attempt.durationMs / 1_000)
      spans?.add(calledSpan(call, attempt, outcome))
    },
    lag: (ms) => lag.set({}, ms / 1_000),
  })
  engine.start()
  return engine
}

/** Where endpoints may be. */
export function webhookRules({ webhooks }: Config): TargetRules {
  return { allowed: blockList(webhooks.allowed), plain: webhooks.plain }
}

/** Asks this resolver for addresses of endpoints, or the demo's own zone. */
export function askWebhookNames(resolver: DnsResolver | null): AskAddresses {
  const names = resolver ?? builtInZone
  return (host, family, signal) => names.addresses(host, family, signal)
}
