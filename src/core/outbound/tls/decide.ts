import { mxMatches, type StsPolicy } from '../../../proto/mtasts/policy.ts'
import type { Hop } from '../plan.ts'
import type { Names } from '../port.ts'
import { OPPORTUNISTIC, type TlsRule } from '../tls-rule.ts'
import { type DaneVerdict, daneOf } from './dane.ts'
import type { TlsPolicies } from './port.ts'

/** The rule for a server, or why it must not get this mail. */
export type Ruled = { readonly kind: 'rule'; readonly rule: TlsRule } | { readonly kind: 'skip'; readonly text: string }

/** What the decision depends on. */
export interface TlsQuestion {
  readonly hop: Hop
  /** The recipient's domain: policies are its, whatever its servers are called. RFC 8461 §3.4. */
  readonly domain: string
  /** Whether the MX records are proven. */
  readonly authentic: boolean
  readonly wishes: TlsWishes
  readonly families: readonly (4 | 6)[]
  readonly names: Pick<Names, 'addresses'>
  readonly policies: TlsPolicies
}

/** What the sender wants for one message. RFC 8689: `require` is REQUIRETLS, `optional` the field `TLS-Required: No`, which REQUIRETLS overrides (§3). */
export type TlsWishes = 'require' | 'optional' | 'none'

const STS: TlsRule = { need: 'verify', by: 'mta-sts' }
const REQUIRED: TlsRule = { need: 'verify', by: 'requiretls' }

/** What TLS a server must give for a message. The first that says something decides. deliverability §2.7. */
export async function decideTls(question: TlsQuestion, signal: AbortSignal): Promise<Ruled> {
  const { hop, domain, wishes, policies } = question
  if (wishes === 'optional') return rule(OPPORTUNISTIC)
  const dane = await askDane(question, signal)
  if (dane.kind === 'unknown') return { kind: 'skip', text: `${hop.host}: ${dane.text}` }
  if (dane.kind === 'terms') return rule({ need: 'dane', by: wishes === 'require' ? 'requiretls' : 'dane', dane: dane.terms })
  // RFC 7672 §2.2: records that cannot be used still promise TLS. MTA-STS does not rescue what DANE has begun (RFC 8461 §2).
  if (dane.kind === 'any-certificate') return rule(wishes === 'require' ? REQUIRED : { need: 'encrypt', by: 'dane' })
  const policy = await policies.sts(domain, signal)
  if (isLeftOut(policy, hop.host)) return { kind: 'skip', text: `${hop.host}: the MTA-STS policy of ${domain} does not name it` }
  if (wishes === 'require') return rule(REQUIRED)
  return rule(policy?.mode === 'enforce' ? STS : operatorRule(question))
}

function rule(decided: TlsRule): Ruled {
  return { kind: 'rule', rule: decided }
}

async function askDane({ hop, domain, authentic, families, names, policies }: TlsQuestion, signal: AbortSignal): Promise<DaneVerdict> {
  const tlsa = authentic ? policies.tlsa() : null
  return tlsa === null ? { kind: 'nothing' } : await daneOf({ domain, hop, families, names, tlsa }, signal)
}

/** RFC 8461 §5: in the mode `testing` mail goes all the same. */
function isLeftOut(policy: StsPolicy | null, host: string): boolean {
  return policy?.mode === 'enforce' && !policy.mx.some((pattern) => mxMatches(pattern, host))
}

function operatorRule({ domain, policies }: TlsQuestion): TlsRule {
  switch (policies.operator(domain)) {
    case 'require':
      return { need: 'encrypt', by: 'operator' }
    case 'require+verify':
      return { need: 'verify', by: 'operator' }
    case 'disable':
      return { need: 'none', by: 'operator' }
    case null:
      return OPPORTUNISTIC
  }
}
