import { mxMatches } from '../../../proto/mtasts/policy.ts'
import type { TlsNeed } from '../../pool/lane-limits.ts'
import type { Hop } from '../plan.ts'
import type { Names } from '../port.ts'
import { OPPORTUNISTIC, type TlsRule } from '../tls-rule.ts'
import { type DaneVerdict, daneOf } from './dane.ts'
import type { OperatorTls, TlsPolicies } from './port.ts'
import type { PolicyType, TlsResult } from './result.ts'

/** The rule for a server, or why it must not get this mail. */
export type Ruled =
  | { readonly kind: 'rule'; readonly rule: TlsRule }
  | { readonly kind: 'skip'; readonly text: string; readonly policy: PolicyType; readonly result: TlsResult }

/** What the decision depends on. */
export interface TlsQuestion {
  readonly hop: Hop
  /** The recipient's domain: policies are its, whatever its servers are called. RFC 8461 §3.4. */
  readonly domain: string
  /** Whether the MX records are proven. */
  readonly authentic: boolean
  readonly wishes: TlsWishes
  readonly families: readonly (4 | 6)[]
  /** What is known to work with the provider. */
  readonly need: TlsNeed
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
  if (dane.kind === 'unknown') return { kind: 'skip', text: `${hop.host}: ${dane.text}`, policy: 'tlsa', result: 'dnssec-invalid' }
  if (dane.kind === 'terms') return rule({ need: 'dane', by: wishes === 'require' ? 'requiretls' : 'dane', dane: dane.terms })
  // RFC 7672 §2.2: records that cannot be used still promise TLS. MTA-STS does not rescue what DANE has begun (RFC 8461 §2).
  if (dane.kind === 'any-certificate') return rule(wishes === 'require' ? REQUIRED : { need: 'encrypt', by: 'dane' })
  const policy = await policies.sts(domain, signal)
  const isListed = policy?.mx.some((pattern) => mxMatches(pattern, hop.host)) === true
  if (policy?.mode === 'enforce' && !isListed) {
    return { kind: 'skip', text: `${hop.host}: the MTA-STS policy of ${domain} does not name it`, policy: 'sts', result: 'validation-failure' }
  }
  if (wishes === 'require') return rule(REQUIRED)
  if (policy?.mode === 'enforce') return rule(STS)
  const own = operatorRule(question)
  // RFC 8461 §5: in the mode `testing` mail goes all the same, and a report says what would have stopped it.
  return rule(policy?.mode === 'testing' && own === OPPORTUNISTIC ? { need: 'may', by: 'mta-sts', tested: isListed ? 'listed' : 'not-listed' } : own)
}

function rule(decided: TlsRule): Ruled {
  return { kind: 'rule', rule: decided }
}

async function askDane({ hop, domain, authentic, families, names, policies }: TlsQuestion, signal: AbortSignal): Promise<DaneVerdict> {
  const dane = authentic ? policies.dane() : null
  return dane === null ? { kind: 'nothing' } : await daneOf({ domain, hop, families, names, dane }, signal)
}

/** What the operator says, else what is known of the provider. */
function operatorRule({ domain, need, policies }: TlsQuestion): TlsRule {
  const own = policies.operator(domain)
  if (own !== null) return OPERATOR[own]
  return need === 'disable' || need === 'opportunistic' ? OPPORTUNISTIC : { need: need === 'verify' ? 'verify' : 'encrypt', by: 'provider' }
}

const OPERATOR: Readonly<Record<OperatorTls, TlsRule>> = {
  require: { need: 'encrypt', by: 'operator' },
  'require+verify': { need: 'verify', by: 'operator' },
  disable: { need: 'none', by: 'operator' },
  opportunistic: { need: 'may', by: 'operator' },
}
