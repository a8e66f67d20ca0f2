import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '../../base/clock.ts'
import { lastingSecret } from '../births.ts'
import type { Config } from '../config/config.ts'
import { CertificateKeeper, type KeeperOptions } from './keeper.ts'
import type { CertificateOrders } from './orders.ts'

/** How often files and the database are looked at. */
const LOOK_EVERY_MS = 60_000

/** Certificates at work, in main. */
export interface RunningCertificates {
  /** Gets certificates, as a job; null when they come from files alone. */
  readonly orders: CertificateOrders | null
  /** Looks at once. */
  reload(): Promise<void>
  /** Resolves when the work has ended, after the signal. */
  stop(): Promise<void>
}

/** Hands the certificates out that there are, and from now on every change of them. */
export async function startCertificates(
  config: Config,
  options: Pick<KeeperOptions, 'db' | 'files' | 'metrics' | 'log' | 'tell'>,
  signal: AbortSignal,
): Promise<RunningCertificates> {
  const { acme, hostname } = config
  const { db, metrics, log } = options
  const secret = lastingSecret(config)
  const keeper = new CertificateKeeper({ ...options, secret, hostname, acme: acme !== null, nowMs: Date.now })
  await keeper.start()
  const reload = (): Promise<void> => keeper.look()
  const names = acme?.hosted === true ? await (await import('./leads-here.ts')).openLeadsHere(config, log) : null
  const leadsHere = names?.leadsHere ?? (async () => 'no' as const)
  const orders = acme === null ? null : new (await import('./orders.ts')).CertificateOrders({ db, acme, secret, leadsHere, clock: systemClock, chance: Math.random, metrics, log, issued: reload })
  const looking = lookNowAndThen(reload, options, signal)
  return {
    orders,
    reload,
    async stop() {
      await looking
      names?.[Symbol.dispose]()
    },
  }
}

async function lookNowAndThen(look: () => Promise<void>, { log }: Pick<KeeperOptions, 'log'>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await wait(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => {}) // Aborted: the loop ends.
    if (signal.aborted) return
    await look().catch((error: unknown) => log.warn('certificate.look_failed', { error }))
  }
}
