import { domainNamed } from '../core/domain/sql.ts'
import { autoconfigXml } from '../core/domain/discovery/autoconfig.ts'
import { askedAddress, autodiscoverError, autodiscoverXml } from '../core/domain/discovery/autodiscover.ts'
import type { HostedDomain } from '../core/domain/domain.ts'
import { stsPolicyOf } from '../core/domain/sts.ts'
import type { HttpAnswer, HttpRequest } from '../infra/http/request.ts'
import type { Handler } from '../infra/http/routes.ts'
import { parseDomain } from '../proto/mail/domain.ts'
import { formatStsPolicy } from '../proto/mtasts/policy.ts'
import { standingHouse } from './house-of.ts'
import type { Services } from './worker.ts'

/**
 * Pages that mail servers and mail programs ask for without a key: the MTA-STS policy and how to set a program up. They say the same for all addresses
 * of a domain, so that nobody learns who has one; that a domain is ours its MX record says already.
 */
export function wellKnownRoutes(services: Pick<Services, 'config' | 'db'>): readonly (readonly [string, Handler])[] {
  const config: Handler = (request) => autoconfig(services, request)
  return [
    ['GET /.well-known/mta-sts.txt', (request) => policy(services, request)],
    ['GET /mail/config-v1.1.xml', config],
    ['GET /.well-known/autoconfig/mail/config-v1.1.xml', config],
    ['POST ~/autodiscover/autodiscover.xml', (request) => autodiscover(services, request)],
  ]
}

/** RFC 8461 §3.3: for `mta-sts.<domain>` only, over HTTPS; a proxy before us may have taken the TLS off. */
async function policy({ config, db }: Pick<Services, 'config' | 'db'>, { headers }: HttpRequest): Promise<HttpAnswer> {
  const [, name] = /^mta-sts\.(.+)$/.exec(hostOf(headers)) ?? []
  const domain = name === undefined ? null : await hostedNamed(db, name)
  if (domain === null) return NOT_OURS
  const { hostname, outbound } = config
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: formatStsPolicy(stsPolicyOf({ hostname, otherNames: outbound.ownNames }, domain.mtaSts)) }
}

/** Asked for at `autoconfig.<domain>`, at the domain itself, or at our own name with the address in the query. */
async function autoconfig({ config, db }: Pick<Services, 'config' | 'db'>, { headers, query }: HttpRequest): Promise<HttpAnswer> {
  const host = hostOf(headers).replace(/^autoconfig\./, '')
  const domain = (await hostedNamed(db, host)) ?? (await hostedNamed(db, domainPart(query.get('emailaddress') ?? '')))
  return domain === null ? NOT_OURS : { status: 200, headers: XML, body: autoconfigXml(domain.name, standingHouse(config)) }
}

/** A question that is not understood, or not about us, is answered with 200 and an error inside: Outlook shows anything else as a broken server. */
async function autodiscover({ config, db }: Pick<Services, 'config' | 'db'>, request: HttpRequest): Promise<HttpAnswer> {
  const body = await request.body()
  const address = body === null ? null : askedAddress(body)
  if (address === null) return { status: 200, headers: XML, body: autodiscoverError(600) }
  const domain = await hostedNamed(db, domainPart(address))
  return { status: 200, headers: XML, body: domain === null ? autodiscoverError(500) : autodiscoverXml(address, standingHouse(config)) }
}

const XML = { 'content-type': 'application/xml; charset=utf-8' }
const NOT_OURS: HttpAnswer = { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'Not found.\n' }

async function hostedNamed(db: Services['db'], text: string): Promise<HostedDomain | null> {
  const name = parseDomain(text)
  return name === null ? null : await domainNamed(db, name)
}

function domainPart(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}

/** The name in the Host field, without its port. */
function hostOf({ host }: HttpRequest['headers']): string {
  return typeof host === 'string' ? host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '') : ''
}
