import { readerPosition, eventsAfter } from '../core/event/sql.ts'
import { isInside } from '../core/access/network.ts'
import { domainNamed } from '../core/domain/sql.ts'
import { systemClock } from '../base/clock.ts'
import type { HttpAnswer } from '../infra/http/request.ts'
import type { Handler, Routes } from '../infra/http/routes.ts'
import { type HttpListener, listenHttp } from '../infra/http/server.ts'
import type { ConnectionCaps } from '../infra/net/caps.ts'
import { apiHandler } from '../infra/http/api/handler.ts'
import type { Database } from '../infra/db/database.ts'
import { METRICS_TYPE } from '../infra/observe/metrics.ts'
import { parseDomain } from '../proto/mail/domain.ts'
import { alpnAnswers, CHALLENGE_PATH, httpAnswers } from './certificate/answers.ts'
import type { ListenerConfig } from './config/config.ts'
import type { PeopleOptions } from './page/people.ts'
import { trackHandler } from './track.ts'
import { VERSION } from './version.ts'
import { wellKnownRoutes } from './well-known.ts'
import type { Services } from './worker.ts'

/** Opens an HTTP listener in this thread: health, metrics, and a page that says what runs here. */
export async function openHttp(services: Services, { address, port, security }: ListenerConfig, caps: ConnectionCaps): Promise<HttpListener> {
  return await listenHttp({
    address,
    port,
    tls: security === 'implicit' ? services.tls : null,
    routes: routesOf(services),
    // A validator asks for names that need not be ours yet.
    isOurHost: (host, path) => services.config.mode === 'production' || isDemoHost(host) || path.startsWith(CHALLENGE_PATH),
    isProxy: (client) => isInside(client, services.config.login.proxies),
    caps,
    log: services.log,
    ...(services.config.acme?.challenges.includes('tls-alpn-01') === true ? { look: alpnAnswers(services.db) } : {}),
  })
}

function routesOf(services: Services): Routes {
  const people = loaded(async () => (await import('./page/people.ts')).peopleHandler(await peopleOf(services)))
  const routes: readonly (readonly [string, Handler])[] = [
    ['GET /', () => text(200, `Merpati ${VERSION} runs here. Health: /healthz, readiness: /readyz, metrics: /metrics, the API: /v1.\n`)],
    ['GET /docs', () => ({ status: 302, headers: { location: '/v1/docs' } })],
    ['GET /healthz', () => text(200, 'ok\n')],
    ['GET /readyz', ({ query }) => readiness(services, query.has('idle'))],
    ['/v1', apiHandler({ load: async () => (await import('./api.ts')).makeApi(services) })],
    ['/t', trackHandler({ ...services, clock: systemClock, isOurHost: async (host) => isTrackHost(services.config, host) || (await isOwnLinkHost(services.db, host)) })],
    ...['/signup', '/confirm', '/forgot', '/reset', '/join'].map((path) => [path, people] as const),
    ['/oidc', loaded(async () => (await import('./page/oidc.ts')).oidcHandler((await import('./login.ts')).oidcOptions(services)))],
    ...wellKnownRoutes(services),
    ...(services.config.acme === null ? [] : [['/.well-known', httpAnswers(services.db)] as const]),
    ['GET /metrics', async () => ({ status: 200, headers: { 'content-type': METRICS_TYPE }, body: await services.mergedMetrics() })],
  ]
  // Forms on pages below /t come without an origin, because their address is told nobody; they are for our hosts only, and who has a token needs nothing else.
  return new Map(services.config.mode === 'production' ? routes : routes.map(([route, handler]) => [route, route === '/t' ? handler : forOurPages(handler)]))
}

async function peopleOf(services: Services): Promise<PeopleOptions> {
  const { inviteOptions, offersOf, signupOptions } = await import('./signup.ts')
  return { signup: signupOptions(services), invite: inviteOptions(services), offers: offersOf(services.config), origins: services.config.login.origins }
}

/** A handler that is loaded at the first request: an idle program does not carry it. */
function loaded(load: () => Promise<Handler>): Handler {
  let loading: Promise<Handler> | null = null
  return async (request, signal) => {
    loading ??= load()
    const handler = await loading.catch((error: unknown) => {
      loading = null // The next request tries again.
      throw error
    })
    return await handler(request, signal)
  }
}

/** A page of somebody else's that asks the demo gets nothing, whatever name it has given to 127.0.0.1. */
function forOurPages(handler: Handler): Handler {
  return (request, signal) => {
    const { origin } = request.headers
    if (origin === undefined || (typeof origin === 'string' && isDemoHost(origin.replace(/^https?:\/\//, '')))) return handler(request, signal)
    return text(403, 'This server does not answer to pages of others.\n')
  }
}

/** Who follows the events: the backlog is empty when all of them have seen the last one. */
const READERS = ['trace', 'notice', 'stats'] as const

/** Ready: we do not stop, there is room on the disk, and the database answers. Idle, when asked: whatever follows the events has seen them all. */
async function readiness({ db, log, space, draining }: Services, idle: boolean): Promise<HttpAnswer> {
  if (draining.aborted) return text(503, 'not ready: stopping\n')
  if (space.isLow) return text(503, 'not ready: the disk is nearly full, new mail is put off\n')
  try {
    for (const reader of READERS) {
      const left = await eventsAfter(db, await readerPosition(db, reader), 1)
      if (idle && left.length > 0) return text(503, `busy: ${reader} has not seen all events\n`)
    }
    return text(200, 'ready\n')
  } catch (error) {
    log.warn('ready.failed', { error })
    return text(503, 'not ready: the database does not answer\n')
  }
}

function text(status: number, body: string): HttpAnswer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body }
}

/** The name that stands in links of tracked mail, with whatever port. */
export function isTrackHost({ mode, track }: Pick<Services['config'], 'mode' | 'track'>, host: string): boolean {
  return mode === 'demo' ? isDemoHost(host) : nameIn(host) === track.host
}

/** The name below a domain of ours that links of its mail lead to, or have led to: `linkOrigins`. */
export async function isOwnLinkHost(db: Database, host: string): Promise<boolean> {
  const domain = /^links\.(.+)$/.exec(nameIn(host))?.[1]
  const name = domain === undefined ? null : parseDomain(domain)
  // While the database is silent the token of the address is believed.
  return name !== null && (await domainNamed(db, name).then((found) => found !== null, () => true))
}

/** The name in a Host field. RFC 9110 §7.2. */
function nameIn(host: string): string {
  return host.toLowerCase().replace(/:\d{1,5}$/, '').replace(/\.$/, '')
}

/** A page elsewhere may point its own name at 127.0.0.1; it cannot make the browser say one of ours. */
function isDemoHost(host: string): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\]|(?:[a-z0-9-]+\.)*merpati\.test)\.?(?::\d+)?$/i.test(host)
}
