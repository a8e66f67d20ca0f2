import { systemClock } from '../base/clock.ts'
import type { LoginOptions } from '../core/access/session/api.ts'
import type { Services } from './worker.ts'

/** What logging in over HTTP is made of, in this house. */
export function loginOptions({ db, log, secret, access, config, metrics }: Services): LoginOptions {
  const { cookies, origins } = config.login
  const entered = metrics.counter('merpati_http_logins_total', 'Logins of people over HTTP, by the way they came in.', ['method'])
  return { db, clock: systemClock, log, secret, access, cookies, origins, entered: (method) => entered.inc({ method }) }
}
