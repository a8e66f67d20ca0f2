import { systemClock } from '../base/clock.ts'
import type { OidcOptions } from '../core/access/oidc/api.ts'
import { OidcClient } from '../core/access/oidc/remote.ts'
import type { LoginOptions } from '../core/access/session/api.ts'
import type { Services } from './worker.ts'

const made = new WeakMap<Services, OidcOptions>()

/** What logging in over HTTP is made of, in this house. */
export function loginOptions(services: Services): LoginOptions {
  return oidcOptions(services)
}

/** The same with other houses that say who somebody is: one for each worker, so that what they say of themselves is asked for once. */
export function oidcOptions(services: Services): OidcOptions {
  const known = made.get(services) ?? make(services)
  made.set(services, known)
  return known
}

function make({ db, log, secret, access, config, metrics }: Services): OidcOptions {
  const { cookies, origin, origins, oidc } = config.login
  const entered = metrics.counter('merpati_http_logins_total', 'Logins of people over HTTP, by the way they came in.', ['method'])
  const providers = new Map(oidc.map((provider) => [provider.name, new OidcClient(provider, `${origin}/oidc/${provider.name}`, systemClock)]))
  return { db, clock: systemClock, log, secret, access, cookies, origins, entered: (method) => entered.inc({ method }), providers }
}
