import { z } from '@hono/zod-openapi'
import { isoTime } from '../../base/iso-time.ts'
import { saidElsewhere } from '../organization/said-elsewhere.ts'
import { CHECK_IDS, LIVE_IDS } from './check/finding.ts'
import type { HostedDomain } from './domain.ts'

const time = z.iso.datetime()
const STS_MODES = ['none', 'testing', 'enforce'] as const

const ability = z.enum(['enabled', 'disabled'])

/** A hosted domain over HTTP. */
export const domainShape = z
  .object({
    object: z.literal('domain'),
    id: z.string().openapi({ example: 'd-P7AGWW7YrykFne2Cn6S' }),
    name: z.string().openapi({ example: 'example.org', description: 'A-labels.' }),
    state: z.enum(['active', 'suspended', 'parked', 'pending', 'failed']).openapi({ description: '`parked`: it has no mail: what comes is refused, nobody writes in its name, and its records say so. `pending`: it is claimed, and DNS does not prove it yet. `failed`: it was not proven within two weeks, or somebody else has proven it.' }),
    status: z.enum(['verified', 'pending', 'failed']).openapi({ description: 'The same, in the words of Resend: what is proven is `verified`.' }),
    capabilities: z.object({ sending: ability, receiving: ability }).openapi({ description: 'A parked domain has neither.' }),
    subaddress: z.string().openapi({ description: 'What begins the detail of an address, as in `ani+news`; empty for none.' }),
    alias_of: z.string().nullable(),
    mta_sts: z.enum(STS_MODES).openapi({ description: 'What the MTA-STS policy of the domain asks.' }),
    proof: z
      .object({ name: z.string(), type: z.literal('TXT'), value: z.string(), found: z.string().nullable(), checked_at: time.nullable() })
      .nullable()
      .openapi({ description: 'The record that proves a claim, and what was found of it; null for a domain that is proven.' }),
    created_at: time,
  })
  .openapi('Domain')

/** A record that the domain should publish, in few words. */
export const toldRecordShape = z
  .object({
    record: z.enum(['Ownership', 'Receiving', 'SPF', 'DKIM', 'DMARC']).openapi({ description: '`Ownership` proves a claim.' }),
    name: z.string(),
    type: z.enum(['MX', 'TXT']),
    ttl: z.literal('Auto').openapi({ description: 'As the zone has it.' }),
    status: z.enum(['not_started', 'pending', 'failed']).openapi({ description: '`not_started`: nobody was asked. `/v1/domains/{id}/dns` asks.' }),
    value: z.string().openapi({ description: 'As forms of DNS providers want it: without quotes, and of MX records the name alone.' }),
    priority: z.number().int().optional(),
  })
  .openapi('DomainRecord')

/** One domain, with what it should publish. */
export const wholeDomainShape = domainShape.extend({ records: z.array(toldRecordShape).openapi({ description: 'Those without which its mail suffers; `/v1/domains/{id}/dns` has all of them.' }) }).openapi('DomainWhole')

/** What a domain can do by its state, in the words of Resend. */
export function abilitiesOf(state: z.infer<typeof domainShape>['state']): Pick<z.infer<typeof domainShape>, 'status' | 'capabilities'> {
  const isOn = state === 'active' || state === 'suspended' ? 'enabled' : 'disabled'
  return { status: state === 'pending' || state === 'failed' ? state : 'verified', capabilities: { sending: isOn, receiving: isOn } }
}

/** A hosted domain as it is told. */
export function shownDomain({ id, name, state, subaddress, aliasOf, mtaSts, createdMs }: HostedDomain): z.infer<typeof domainShape> {
  return { object: 'domain', id, name, state, ...abilitiesOf(state), subaddress, alias_of: aliasOf, mta_sts: mtaSts, proof: null, created_at: isoTime(createdMs) }
}

const subaddress = z.string().max(1).regex(/^[^\s@"\p{L}\p{N}]?$/u)

/** What other services say of a domain, and where it is said here. */
const SAID_ELSEWHERE = {
  open_tracking: saidElsewhere('whether openings are counted is said in each message (tracking), or follows from its stream'),
  click_tracking: saidElsewhere('whether clicks are counted is said in each message (tracking), or follows from its stream'),
  tracking_subdomain: saidElsewhere('links lead through the name that the operator has chosen ([track] in the configuration)'),
  tls: saidElsewhere('say require_tls in each message that must not go without'),
  capabilities: saidElsewhere('a domain sends and receives; PATCH its state to parked when it shall do neither'),
} as const

/** A domain to be received for. */
export const domainWishes = z
  .strictObject({
    ...{ name: z.string().max(255), subaddress: subaddress.default('+'), alias_of: z.string().max(255).nullable().default(null) },
    region: z.string().max(50).optional().openapi({ description: 'Clients of Resend send it. There are no regions here: it is read and forgotten.' }),
    ...SAID_ELSEWHERE,
    custom_return_path: saidElsewhere('the return path is ours: by it we know which message bounced'),
  })
  .openapi('DomainWishes')

/** What may be changed of it. */
export const domainChange = z
  .strictObject({ mta_sts: z.enum(STS_MODES).optional(), subaddress: subaddress.optional(), state: z.enum(['active', 'suspended', 'parked']).optional(), ...SAID_ELSEWHERE })
  .refine((asked) => Object.values(asked).some((value) => value !== undefined), { error: 'say what to change: mta_sts, subaddress or state' })
  .openapi('DomainChange')

/** A DKIM key as it is to be published. */
export const dkimKeyShape = z
  .object({
    name: z.string(),
    state: z.enum(['waiting', 'signing', 'retired', 'over']),
    value: z.string().openapi({ description: 'The text of the TXT record.' }),
    signs_from: time,
  })
  .openapi('DkimKey')

/** How new keys begin. */
export const rotationWishes = z.strictObject({ now: z.boolean().default(false).openapi({ description: 'They sign at once: when a key has become known to others.' }) }).openapi('DkimRotation')

/** A record for whoever keeps the zone. */
export const recordShape = z
  .object({
    purpose: z.string(),
    name: z.string(),
    type: z.string(),
    value: z.string().openapi({ description: 'The data, as a zone file writes it.' }),
    line: z.string().openapi({ description: 'The whole record as a line of a zone file.' }),
    need: z.enum(['must', 'should', 'may']),
    zone: z.enum(['domain', 'host', 'reverse']).openapi({ description: 'Whose zone it belongs to: that of the domain, of the mail server’s name, or of its address.' }),
    remark: z.string().nullable(),
  })
  .openapi('DnsRecord')

/** What one check found. */
export const findingShape = z
  .object({
    id: z.enum([...CHECK_IDS, ...LIVE_IDS, 'parked']),
    status: z.enum(['pass', 'warn', 'fail', 'unknown']).openapi({ description: '`unknown`: who should have told us was silent; it is no fault.' }),
    expected: z.string(),
    found: z.string(),
    advice: z.object({ en: z.string(), id: z.string() }).nullable(),
    records: z.array(recordShape),
  })
  .openapi('DomainFinding')

/** What a domain should publish, and what was found. */
export const dnsShape = z
  .object({
    domain: z.string(),
    status: z.enum(['pass', 'warn', 'fail']),
    checked_at: time.openapi({ description: 'A check is given again for a minute.' }),
    bulk_held: z.string().nullable().openapi({ description: 'Why what goes to many from this domain waits; null when it does not.' }),
    findings: z.array(findingShape),
    records: z.array(recordShape),
  })
  .openapi('DomainDns')
