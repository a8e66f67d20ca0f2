import { hash } from 'node:crypto'
import { makeId } from '../base/ids.ts'
import { systemClock } from '../base/clock.ts'
import { alertApi } from '../core/alert/api.ts'
import { traceApi } from '../core/event/api.ts'
import type { Event } from '../core/event/event.ts'
import { fillTraceIndex, trace } from '../core/event/sql-trace.ts'
import { accountApi } from '../core/account/api.ts'
import { apiKeyApi } from '../core/access/api.ts'
import { isInside } from '../core/access/network.ts'
import { allScopes } from '../core/access/rights.ts'
import { findApiKey, noteKeyUse } from '../core/access/sql-api-key.ts'
import { appPasswordApi } from '../core/access/app-password/api.ts'
import { factorApi } from '../core/access/factor/api.ts'
import { oidcApi, openOidcPaths } from '../core/access/oidc/api.ts'
import { OPEN_PASSKEY_PATHS, passkeyApi } from '../core/access/passkey/api.ts'
import { OPEN_LOGIN_PATHS, sessionApi, sessionCaller } from '../core/access/session/api.ts'
import { clientNet } from '../core/access/client-net.ts'
import { Throttle } from '../core/access/throttle.ts'
import { auditApi } from '../core/audit/api.ts'
import { complianceApi } from '../core/compliance/api.ts'
import { domainApi, type DomainApiOptions } from '../core/domain/api.ts'
import { domainById } from '../core/domain/sql.ts'
import { explainApi } from '../core/filter/api.ts'
import { organizationApi } from '../core/organization/api.ts'
import { streamApi } from '../core/organization/stream/api.ts'
import { KnownTracking } from '../core/organization/stream/known-tracking.ts'
import { streamsOf } from '../core/organization/stream/sql.ts'
import { newDomainApi } from '../core/pool/new-domain/api.ts'
import { queueApi } from '../core/queue/api.ts'
import { webhookApi } from '../core/webhook/api.ts'
import { webhookLogApi } from '../core/webhook/log/api.ts'
import { routeApi } from '../core/webhook/routed/api.ts'
import { bodyReader } from '../core/webhook/routed/sql-body.ts'
import { calledShape, signedShape } from '../core/webhook/shape.ts'
import { checkTarget } from '../core/webhook/target.ts'
import { keptDays } from '../core/retention/shown.ts'
import { ownDays } from '../core/retention/sql.ts'
import { QUEUE_TOPIC } from '../core/queue/topic.ts'
import { cachedRoutes } from '../core/route/cached.ts'
import { sqlRoutes } from '../core/route/sql.ts'
import { sqlRepeats } from '../core/send/repeat/sql-repeat.ts'
import { againApi } from '../core/send/again/api.ts'
import { filesApi, OPEN_FILE_PATHS } from '../core/send/files/api.ts'
import { sendApi, type SendApiOptions } from '../core/send/api.ts'
import { OPEN_SIGNUP_PATHS, signupApi } from '../core/signup/api.ts'
import { inviteApi, OPEN_INVITE_PATHS } from '../core/signup/invite/api.ts'
import { subjectApi } from '../core/subject/api.ts'
import { storyApi } from '../core/send/story/api.ts'
import { shownTexts } from '../core/send/story/sql-shown.ts'
import { suppressionApi } from '../core/suppression/api.ts'
import { templateApi } from '../core/template/api.ts'
import { Renderer } from '../core/template/render.ts'
import { renderNamed } from '../core/template/sql-wording.ts'
import { standingApi } from '../core/standing/api.ts'
import { heldFor } from '../core/standing/sql-domain-hold.ts'
import { adviceApi } from '../core/stats/advice/api.ts'
import { statsApi, type StatsApiOptions } from '../core/stats/api.ts'
import { forgetStats } from '../core/stats/sql-count.ts'
import { fillStats } from '../core/stats/sql-follow.ts'
import { readStats } from '../core/stats/sql-read.ts'
import { releaseLease, takeLease } from '../infra/db/sql-lease.ts'
import { type Api, type ApiOptions, rootApi } from '../infra/http/api/api.ts'
import type { Caller } from '../infra/http/api/caller.ts'
import { body } from '../infra/http/api/json.ts'
import { described } from '../infra/http/api/described.ts'
import { directHandler } from '../infra/http/api/direct.ts'
import type { LoadedApi } from '../infra/http/api/handler.ts'
import { Problem } from '../infra/http/api/problem.ts'
import { rateLimit } from '../infra/http/api/rate.ts'
import { REQUEST_WITHIN_MS } from '../infra/http/limits.ts'
import { managingParts } from './api-managing.ts'
import { byteStore, segmentReader } from './backend/bytes.ts'
import { auditing } from './audit.ts'
import { countingFiles, countingLimited, countingRefusals } from './counted.ts'
import { openStats, openTraceIndex } from './derived.ts'
import { noteAsked } from './asked-check.ts'
import { subjectOf } from './domain-check.ts'
import { fileFetcher } from './files.ts'
import { lazyChecker } from './lazy-checker.ts'
import { linkOrigins } from './link-origin.ts'
import { notHere, pathMeant } from './other-names.ts'
import { REFERENCE_HEADERS, referencePage } from './page/reference.ts'
import { VERSION } from './version.ts'
import { loginOptions, oidcOptions } from './login.ts'
import { acceptedSpan, requestSpan } from './spans.ts'
import { inviteOptions, offersOf, signupOptions } from './signup.ts'
import { askWebhookNames, webhookRules } from './webhook.ts'
import type { Services } from './worker.ts'

/** So long the trace and the statistics may catch up before they answer with what they have. */
const FILL_WITHIN_MS = 5_000

/** How long DNS may take to say whose a domain is. */
const CLAIM_WITHIN_MS = 10_000

/** Builds `/v1`. Loaded at the first request to it. */
export function makeApi(given: Services): LoadedApi {
  const { config, log } = given
  const { db, watch } = auditing({ db: given.db, clock: systemClock, log })
  const services: Services = { ...given, db } // No part has another: what it changes has an entry.
  const segments = segmentReader(services.blobs)
  const login = loginOptions(services)
  const oidc = oidcOptions(services)
  const options: ApiOptions = {
    authenticate: authenticator(services),
    session: (request) => sessionCaller(login, request),
    open: new Set([...OPEN_LOGIN_PATHS, ...OPEN_PASSKEY_PATHS, ...openOidcPaths(oidc), ...OPEN_SIGNUP_PATHS, ...OPEN_INVITE_PATHS, ...OPEN_FILE_PATHS, 'GET /v1/docs']),
    newId: () => makeId('rq', systemClock.nowMs()),
    log,
    watch,
    alone: aloneBy(given),
    repeats: sqlRepeats({ db: given.db, clock: systemClock, log, exact: (path) => /^\/v1\/emails\/[^/]+\/resend$/.test(path) }),
    rate: rateLimit({ clock: systemClock, memory: services.requestBuckets, rates: config.api, netOf: clientNet, refused: countingLimited(services.metrics) }),
    notHere,
    answered: tellingAnswers(services),
  }
  const root = rootApi(options)
  root.route('/v1', apiKeyApi({ db, clock: systemClock, domainName: async (organization, id) => (await domainById(db, organization, id))?.name ?? null }))
  root.route('/v1', accountApi({ db }))
  root.route('/v1', auditApi({ db }))
  root.route('/v1', organizationApi({ db, clock: systemClock, keptDays: async (organization) => keptDays(await ownDays(db, organization), config.keep) }))
  root.route('/v1', queueApi({ db, clock: systemClock }))
  const traced = async (asked: string, limit: number): Promise<readonly Event[]> => {
    await using traces = openTraceIndex(config, db)
    await fillTraceIndex(db, traces.db, AbortSignal.timeout(FILL_WITHIN_MS)) // What arrived a moment ago is found too.
    return await trace(db, traces.db, asked, limit)
  }
  root.route('/v1', traceApi(traced))
  root.route('/v1', explainApi(traced))
  const shown = { db, segments, secret: services.secret }
  root.route('/v1', storyApi({ ...shown, trace: traced }))
  root.route('/v1', filesApi({ ...shown, clock: systemClock, origin: config.login.origin }))
  const counts = countsOf(services)
  root.route('/v1', statsApi({ clock: systemClock, ...counts }))
  root.route('/v1', complianceApi({ db, clock: systemClock, ask: counts.ask }))
  root.route('/v1', adviceApi({ db, clock: systemClock, ask: counts.ask }))
  root.route('/v1', alertApi({ db, clock: systemClock }))
  root.route('/v1', streamApi({ db, clock: systemClock }))
  root.route('/v1', standingApi({ db, clock: systemClock }))
  root.route('/v1', domainApi(domainOptions(services)))
  root.route('/v1', newDomainApi({ db }))
  for (const part of managingParts(services)) root.route('/v1', part)
  root.route('/v1', webhookApi({ db, clock: systemClock, secret: services.secret, check: async (url) => await checkTarget(url, webhookRules(config), askWebhookNames(await services.names.get()), services.draining) }))
  root.route('/v1', webhookLogApi({ db, clock: systemClock, bodyOf: bodyReader({ db, segments }) }))
  root.route('/v1', routeApi({ db, clock: systemClock, segments }))
  root.route('/v1', subjectApi({ db, clock: systemClock }))
  root.route('/v1', suppressionApi({ db, clock: systemClock }))
  const renderer = new Renderer()
  root.route('/v1', templateApi({ db, clock: systemClock, renderer }))
  const sendOptions = sendingOf(services, renderer)
  const sending = sendApi(sendOptions)
  root.route('/v1', sending.api)
  root.route('/v1', againApi({ ...sendOptions, segments }))
  root.route('/v1', sessionApi(login))
  root.route('/v1', factorApi({ ...login, issuer: config.login.host }))
  root.route('/v1', oidcApi(oidc))
  root.route('/v1', passkeyApi({ ...login, party: config.login }))
  root.route('/v1', appPasswordApi(login))
  root.route('/v1', signupApi(signupOptions(services), offersOf(config)))
  root.route('/v1', inviteApi({ db, ...inviteOptions(services) }, offersOf(config).reset))
  describe(root, config)
  return { api: root, pathMeant, direct: new Map(sending.direct.map(([path, direct]) => [`/v1${path}`, directHandler(options, direct)])) }
}

/** How domains are checked for whoever asks. */
function domainOptions({ config, db, log, secret, draining }: Services): DomainApiOptions {
  const checker = lazyChecker({ config, db, log }, draining)
  return {
    ...{ db, clock: systemClock, secret },
    subjectOf: (domain) => subjectOf({ config, db }, domain),
    heldFor: ({ organization, name }) => heldFor(db, { organization, domain: name }),
    check: async (domain, how) => {
      const checks = await checker()
      const checked = how === 'live' ? await checks.checkLive(domain, draining) : await checks.check(domain, draining)
      await noteAsked(db, config, domain, checked)
      return checked
    },
    txt: async (name) => await (await checker()).texts(name, AbortSignal.any([draining, AbortSignal.timeout(CLAIM_WITHIN_MS)])),
  }
}

/** The description of the API, for programs and for people. */
function describe(root: Api, { login }: Services['config']): void {
  root.openAPIRegistry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer', description: 'An API key: sk_live_... or sk_test_...' })
  root.openAPIRegistry.registerComponent('securitySchemes', 'session', { type: 'apiKey', in: 'cookie', name: login.cookies === 'secure' ? '__Host-merpati' : 'merpati', description: 'The session of a person; what changes something needs Origin and X-CSRF-Token, too.' })
  root.openAPIRegistry.registerWebhook({ method: 'post', path: 'event', summary: 'Tell an endpoint of an event, once at least', request: { headers: signedShape, body: body(calledShape) }, responses: { 200: { description: 'Any 2xx: it was heard, and is not told again' }, 410: { description: 'The endpoint is switched off' } } })
  const description = { openapi: '3.1.0', info: { title: 'Merpati', version: VERSION, description: 'Mail under your own name.' }, security: [{ key: [] }] }
  const document = () => described(root.getOpenAPI31Document(description))
  root.get('/v1/openapi.json', (context) => context.json(document()))
  let reference: string | null = null // Made when somebody wants to read it.
  root.get('/v1/docs', (context) => context.body((reference ??= referencePage(document())), 200, REFERENCE_HEADERS))
  root.get('/v1', (context) => context.json({ name: 'Merpati', version: VERSION, openapi: '/v1/openapi.json', docs: '/v1/docs' }))
}

/** Keeps a thing for one request on all nodes. Whoever dies with it lets it go after as long as a request may take. */
function aloneBy({ db, log }: Pick<Services, 'db' | 'log'>): ApiOptions['alone'] {
  return async (thing) => {
    const nowMs = systemClock.nowMs()
    const [name, holder] = [`change ${hash('sha256', thing, 'base64url')}`, makeId('rq', nowMs)]
    if (!(await db.write(takeLease, { name, holder, nowMs, untilMs: nowMs + REQUEST_WITHIN_MS }))) return null
    return async () => void (await db.write(releaseLease, { name, holder }).catch((error: unknown) => log.error('api.release_failed', { error })))
  }
}

/** Counts every answer, and tells the collector of it. */
function tellingAnswers({ metrics, spans }: Services): ApiOptions['answered'] {
  const answers = metrics.counter('merpati_api_requests_total', 'Requests to /v1, by route and the class of the status.', ['route', 'status'])
  return (told) => {
    answers.inc({ route: told.route, status: `${Math.floor(told.status / 100)}xx` })
    spans?.add(requestSpan(told, systemClock.nowMs()))
  }
}

/** The statistics: opened for each question, because few ask. */
function countsOf({ config, db }: Services): Pick<StatsApiOptions, 'ask' | 'rebuild'> {
  return {
    async ask(asked) {
      await using stats = openStats(config, db)
      await fillStats(db, stats.db, AbortSignal.timeout(FILL_WITHIN_MS)) // What happened a moment ago is counted too.
      return await readStats(stats.db, asked)
    },
    async rebuild() {
      await using stats = openStats(config, db)
      await stats.db.write(forgetStats, {})
      return await fillStats(db, stats.db, AbortSignal.timeout(FILL_WITHIN_MS)) // The job that follows the log does the rest.
    },
  }
}

/** What `/v1/emails` is made of, in this house. */
function sendingOf({ config, db, blobs, space, bus, names, inspection, secret, metrics, spans, draining }: Services, renderer: Renderer): SendApiOptions {
  const tracking = new KnownTracking((organization) => streamsOf(db, organization), systemClock)
  return {
    db,
    clock: systemClock,
    house: { hostname: config.hostname, outbound: config.outbound.mode === 'sent' ? 'queued' : 'captured', secret },
    routes: cachedRoutes(sqlRoutes(db), systemClock),
    bytes: byteStore(blobs),
    inlineBytes: config.limits.inlineBytes,
    trackOrigin: config.track.origin,
    linkOriginOf: linkOrigins({ config, db, names, clock: systemClock }),
    trackingOf: (organization, stream) => tracking.of(organization, stream),
    check: async (message, envelope) => await (await inspection()).outgoing(message, envelope),
    render: (organization, use) => renderNamed(db, renderer, organization, use),
    textsOf: (id) => shownTexts({ db, segments: segmentReader(blobs), secret }, id),
    hasRoom: () => !space.isLow,
    fetchFile: fileFetcher({ rules: webhookRules(config), ask: async () => askWebhookNames(await names.get()), userAgent: `Merpati/${VERSION}`, fetched: countingFiles(metrics), stopping: draining }),
    queued: (lane) => bus.publish(QUEUE_TOPIC, { lane }),
    refused: countingRefusals(metrics),
    accepted: ({ message, deliveries }, startMs) => spans?.add(acceptedSpan({ by: 'api', message: message.id, size: message.size, local: 0, remote: deliveries.length, startMs, endMs: systemClock.nowMs() })),
  }
}

/** A demo has nothing to protect from its own key: there a test key does all. Guessing is slowed down by net, before any look at the database. */
function authenticator({ config, db, tasks }: Services): (key: string | null, address: string) => Promise<Caller | null> {
  const throttle = new Throttle(systemClock, config.mode === 'production' ? 'counted' : 'exempt')
  return async (key, address) => {
    const attempt = { login: '', address }
    const waitMs = throttle.waitMs(attempt)
    if (waitMs > 0) throw new Problem(429, 'rate_limit_exceeded', 'Too many keys that were not valid came from your network: try again later', { headers: { 'retry-after': String(Math.ceil(waitMs / 1_000)) } })
    if (key === null) return null
    const nowMs = systemClock.nowMs()
    const found = await findApiKey(db, key, nowMs)
    if (found === null) {
      throttle.failed(attempt)
      return null
    }
    throttle.succeeded(attempt)
    if (found.networks !== null && !isInside(address, found.networks)) throw new Problem(403, 'address_not_allowed', `This key may not be used from ${address}`)
    tasks.add('access.note_failed', noteKeyUse(db, found, nowMs))
    const { id, organization, mode, scopes, domains, streams, networks, caps, expiresMs } = found
    const isLive = config.mode !== 'production' || mode === 'live'
    return { key: id, actor: { kind: 'key', id }, session: null, organization, mode: isLive ? 'live' : 'test', scopes: allScopes(scopes), domains, streams, networks, caps, expiresMs }
  }
}
