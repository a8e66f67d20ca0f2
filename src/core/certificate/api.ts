import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../base/clock.ts'
import { isoTime } from '../../base/iso-time.ts'
import { OPERATOR } from '../../base/operator.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, needsScope, newApi } from '../../infra/http/api/api.ts'
import { changerOf } from '../../infra/http/api/caller.ts'
import { json } from '../../infra/http/api/json.ts'
import { pageOf, wholePage } from '../../infra/http/api/page.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import { aboutCertificate, type KnownCertificate } from './known.ts'
import { askForCertificate } from './sql.ts'

const time = z.iso.datetime()
const certificateShape = z
  .object({
    name: z.string(),
    source: z.enum(['file', 'acme']),
    names: z.array(z.string()),
    state: z.enum(['asked', 'failing', 'waiting', 'expired', 'good']),
    valid_from: time.nullable(),
    expires_at: time.nullable(),
    issuer: z.string().nullable(),
    serial: z.string().nullable(),
    sha256: z.string().nullable(),
    next_try_at: time.nullable(),
    error: z.string().nullable(),
  })
  .openapi('Certificate')

const params = z.object({ name: z.string().max(1_000) })
const middleware = needsScope(OPERATOR)

const list = createRoute({
  method: 'get', path: '/certificates', summary: 'List the certificates of TLS, with when they end and what went wrong', middleware,
  responses: { 200: json(pageOf(certificateShape), 'Those in files, and those of an authority') },
})

const show = createRoute({
  method: 'get', path: '/certificates/{name}', summary: 'Show a certificate with what stands in it', middleware, request: { params },
  responses: { 200: json(certificateShape.extend({ chain: z.string().nullable().openapi({ description: 'PEM.' }) }), 'The certificate') },
})

const renew = createRoute({
  method: 'post', path: '/certificates/{name}/renew', summary: 'Ask the authority for a new certificate; it is done within seconds', middleware, request: { params },
  responses: { 202: json(z.object({ name: z.string() }), 'It is asked for') },
})

/** What the routes are made of. */
export interface CertificateApiOptions {
  readonly db: Database
  readonly clock: Clock
  /** Those in files, and those of an authority, the ones to come too. */
  readonly known: () => Promise<readonly KnownCertificate[]>
}

/** `/v1/certificates`: what `merpati certificate` does, for operators. Private keys stay where they are. */
export function certificateApi({ db, clock, known }: CertificateApiOptions): Api {
  const api = newApi()
  const found = async (name: string): Promise<KnownCertificate> => {
    const certificate = (await known()).find((each) => each.name === name)
    if (certificate === undefined) throw new Problem(404, 'not_found', `There is no certificate ${name}`)
    return certificate
  }
  api.openapi(list, async (context) => context.json(wholePage((await known()).map((each) => shown(each, clock.nowMs()))), 200))
  api.openapi(show, async (context) => {
    const certificate = await found(context.req.valid('param').name)
    return context.json({ ...shown(certificate, clock.nowMs()), chain: certificate.chain }, 200)
  })
  api.openapi(renew, async (context) => {
    changerOf(context.get('caller'))
    const { name, source } = await found(context.req.valid('param').name)
    if (source !== 'acme') throw new Problem(409, 'in_file', `No authority makes ${name} for us: it comes from a file`)
    await db.write(askForCertificate, { name, nowMs: clock.nowMs() })
    return context.json({ name }, 202)
  })
  return api
}

function shown(certificate: KnownCertificate, nowMs: number): z.infer<typeof certificateShape> {
  const { name, source, names, nextMs, error } = certificate
  const { state, details } = aboutCertificate(certificate, nowMs)
  const at = (ms: number | undefined | null): string | null => isoTime(ms ?? null)
  return {
    ...{ name, source, names: [...names], state, valid_from: at(details?.fromMs), expires_at: at(details?.untilMs) },
    ...{ issuer: details?.issuer ?? null, serial: details?.serial ?? null, sha256: details?.sha256 ?? null, next_try_at: at(nextMs), error },
  }
}
