import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer, Failed, None, Tlsa } from '../../../base/dns.ts'
import type { StsPolicy } from '../../../proto/mtasts/policy.ts'
import { decideTls, type TlsQuestion } from './decide.ts'
import type { OperatorTls } from './port.ts'

const HOP = { host: 'mx.far.test', port: 25, preference: 10 }
const GOOD: Tlsa = { usage: 3, selector: 1, matchingType: 1, data: Buffer.alloc(32, 1) }
const ODD: Tlsa = { usage: 1, selector: 1, matchingType: 1, data: Buffer.alloc(32, 1) }
const NONE: None = { kind: 'none', why: 'nodata', name: 'x', aliases: [], authentic: true, ttlMs: 1 }
const SERVFAIL: Failed = { kind: 'failed', why: 'servfail', detail: 'SERVFAIL' }

function found<T>(records: readonly T[], authentic = true, name = HOP.host): Answer<T> {
  return { kind: 'found', records, name, aliases: name === HOP.host ? [] : [HOP.host], authentic, ttlMs: 1, stale: false }
}

/** The host is an alias; of the name that it leads to nothing is proven. */
const UNPROVEN = found(['192.0.2.1'], false, 'real.test')

interface Case extends Partial<Omit<TlsQuestion, 'policies' | 'names'>> {
  /** By the name where the host is. */
  readonly records?: Readonly<Record<string, Answer<Tlsa>>>
  readonly address?: Answer<string>
  /** What the question for the alias itself is answered with. */
  readonly alias?: Answer<string>
  readonly sts?: StsPolicy
  readonly operator?: OperatorTls
  readonly dane?: 'off'
}

/** `need by` of the rule, or `skip`. */
async function decided({ records = {}, address = found(['192.0.2.1']), alias = NONE, sts, operator, dane, ...question }: Case): Promise<string> {
  const tlsa = async (name: string): Promise<Answer<Tlsa>> => records[name.replace('_25._tcp.', '')] ?? NONE
  const policies = { dane: () => (dane === 'off' ? null : { tlsa, alias: async () => alias }), sts: async () => sts ?? null, operator: () => operator ?? null }
  const names = { addresses: async () => address }
  const ruled = await decideTls({ hop: HOP, domain: 'far.test', authentic: true, wishes: 'none', families: [4], need: 'opportunistic', ...question, names, policies }, AbortSignal.any([]))
  return ruled.kind === 'skip' ? 'skip' : `${ruled.rule.need} ${ruled.rule.by}${ruled.rule.tested === undefined ? '' : ` ${ruled.rule.tested}`}${ruled.rule.dane === undefined ? '' : ` ${ruled.rule.dane.base} of ${ruled.rule.dane.names.join(',')}`}`
}

const dane = (answer: Answer<Tlsa>): Pick<Case, 'records'> => ({ records: { [HOP.host]: answer } })
const sts = (mode: StsPolicy['mode'], ...mx: readonly string[]): Pick<Case, 'sts'> => ({ sts: { mode, mx, maxAgeS: 86_400 } })

const TABLE: readonly (readonly [sentence: string, asked: Case, rule: string])[] = [
  ['nobody says anything', {}, 'may opportunistic'],
  ['proven records are there', dane(found([GOOD])), 'dane dane mx.far.test of mx.far.test,far.test'],
  ['some records can be used', dane(found([ODD, GOOD])), 'dane dane mx.far.test of mx.far.test,far.test'],
  ['no record can be used', dane(found([ODD])), 'encrypt dane'],
  ['records could not be learned', dane(SERVFAIL), 'skip'],
  ['records are not proven', dane(found([GOOD], false)), 'may opportunistic'],
  ['the MX records are not proven', { ...dane(found([GOOD])), authentic: false }, 'may opportunistic'],
  ['the address is not proven', { ...dane(found([GOOD])), address: found(['192.0.2.1'], false) }, 'may opportunistic'],
  ['the resolver does not validate', { ...dane(found([GOOD])), dane: 'off' }, 'may opportunistic'],
  ['the host is an alias', { records: { 'real.test': found([GOOD]), [HOP.host]: SERVFAIL }, address: found(['192.0.2.1'], true, 'real.test') }, 'dane dane real.test of real.test,mx.far.test,far.test'],
  ['only the alias has records', { ...dane(found([GOOD])), address: found(['192.0.2.1'], true, 'real.test') }, 'dane dane mx.far.test of mx.far.test,far.test'],
  ['the host is an alias and both names have records', { records: { 'real.test': found([GOOD]), [HOP.host]: found([ODD]) }, address: found(['192.0.2.1'], true, 'real.test') }, 'dane dane real.test of real.test,mx.far.test,far.test'],
  ['the records at the end of the alias could not be learned', { records: { 'real.test': SERVFAIL, [HOP.host]: found([GOOD]) }, address: found(['192.0.2.1'], true, 'real.test') }, 'skip'],
  ['a proven alias leads to where nothing is proven', { ...dane(found([GOOD])), address: UNPROVEN, alias: found(['real.test']) }, 'dane dane mx.far.test of mx.far.test,far.test'],
  ['a proven alias leads to where nothing is proven, and only that has records', { records: { 'real.test': found([GOOD]) }, address: UNPROVEN, alias: found(['real.test']) }, 'may opportunistic'],
  ['an alias is not proven either', { ...dane(found([GOOD])), address: UNPROVEN, alias: found(['real.test'], false) }, 'may opportunistic'],
  ['whether an alias is proven could not be learned', { ...dane(found([GOOD])), address: UNPROVEN, alias: SERVFAIL }, 'skip'],
  ['MTA-STS is enforced and names the host', sts('enforce', '*.far.test'), 'verify mta-sts'],
  ['MTA-STS is enforced and does not name the host', sts('enforce', 'mx2.far.test'), 'skip'],
  ['MTA-STS is being tested and names the host', sts('testing', 'mx.far.test'), 'may mta-sts listed'],
  ['MTA-STS is being tested and does not name the host', sts('testing', 'mx2.far.test'), 'may mta-sts not-listed'],
  ['MTA-STS is being tested and the operator wants more', { ...sts('testing', 'mx.far.test'), operator: 'require' }, 'encrypt operator'],
  ['the provider is known to have TLS', { need: 'require' }, 'encrypt provider'],
  ['the provider is known to have good certificates', { need: 'verify' }, 'verify provider'],
  ['the operator knows better than what is known of the provider', { need: 'require', operator: 'opportunistic' }, 'may operator'],
  ['MTA-STS asks for nothing', sts('none'), 'may opportunistic'],
  ['DANE holds where MTA-STS does not name the host', { ...dane(found([GOOD])), ...sts('enforce', 'other.test') }, 'dane dane mx.far.test of mx.far.test,far.test'],
  ['MTA-STS does not rescue DANE', { ...dane(SERVFAIL), ...sts('enforce', '*.far.test') }, 'skip'],
  ['the operator wants TLS', { operator: 'require' }, 'encrypt operator'],
  ['the operator wants a certificate', { operator: 'require+verify' }, 'verify operator'],
  ['the operator wants none', { operator: 'disable' }, 'none operator'],
  ['a policy goes before the operator', { ...sts('enforce', '*.far.test'), operator: 'disable' }, 'verify mta-sts'],
  ['the sender requires TLS', { wishes: 'require' }, 'verify requiretls'],
  ['the sender requires TLS and DANE tells the certificate', { ...dane(found([GOOD])), wishes: 'require' }, 'dane requiretls mx.far.test of mx.far.test,far.test'],
  ['the sender requires TLS and no record can be used', { ...dane(found([ODD])), wishes: 'require' }, 'verify requiretls'],
  ['the sender requires TLS and MTA-STS does not name the host', { ...sts('enforce', 'mx2.far.test'), wishes: 'require' }, 'skip'],
  ['the sender does not need TLS, whatever policies say', { ...dane(SERVFAIL), ...sts('enforce', 'x.test'), operator: 'require', wishes: 'optional' }, 'may opportunistic'],
]

for (const [sentence, asked, rule] of TABLE) {
  test(`when ${sentence}, the rule is "${rule}"`, async () => {
    assert.equal(await decided(asked), rule)
  })
}
