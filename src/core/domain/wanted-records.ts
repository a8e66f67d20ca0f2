import type { Domain } from '../../base/brand.ts'
import { unreachable } from '../../base/unreachable.ts'
import { type KeyPlan, type PublicDkimKey, publishedKeys } from './dkim.ts'
import type { House, ServiceName } from './house.ts'
import { type StsMode, stsPolicyId } from './sts.ts'
import { quotedText } from './zone-file.ts'

/** What a record is for. */
export type Purpose =
  | 'mx' | 'address' | 'reverse' | 'spf' | 'dkim' | 'dmarc' | 'mta-sts' | 'tls-rpt' | 'dane' | 'bimi' | 'service' | 'autoconfig' | 'caa' | 'return-path' | 'links'

/** A record that should be in DNS. */
export interface WantedRecord {
  readonly purpose: Purpose
  /** Without a trailing dot. */
  readonly name: string
  readonly type: 'A' | 'AAAA' | 'CAA' | 'CNAME' | 'MX' | 'PTR' | 'SRV' | 'TLSA' | 'TXT'
  /** The data, as a zone file writes it. */
  readonly value: string
  /** `must`: mail suffers without it; `should`: it is safer with it; `may`: advice, perhaps with a gap to fill. */
  readonly need: 'must' | 'should' | 'may'
  /** Whose zone it belongs to: the domain's, that of our host name, or the reverse zone of an address. */
  readonly zone: 'domain' | 'host' | 'reverse'
  /** What its owner should know, or null. */
  readonly remark: string | null
}

/** A hosted domain with all that its records depend on. */
export interface Subject {
  readonly name: Domain
  readonly sts: StsMode
  /** All keys it has and had. */
  readonly keys: readonly PublicDkimKey[]
  readonly house: House
  readonly nowMs: number
  /** It has no mail, and is to say so. Not there for all others. */
  readonly parked?: true
}

/** Everything that a hosted domain should publish, and our host with it. In the order of a zone file. */
export function wantedRecords(subject: Subject): readonly WantedRecord[] {
  if (subject.parked === true) return parkedRecords(subject)
  return [
    mxRecord(subject), spfRecord(subject), ...dkimRecords(subject), dmarcRecord(subject), ...stsRecords(subject), tlsRptRecord(subject), ...serviceRecords(subject),
    ...discoveryRecords(subject), ...caaRecords(subject), bimiRecord(subject), ...addressRecords(subject.house), ...returnPathRecords(subject), ...bounceRecords(subject), ...linkRecords(subject), ...ownLinkRecords(subject), ...tlsaRecords(subject.house), ...reverseRecords(subject.house),
  ]
}

/** What goes into a zone with the usual answers: it is needed, and it is the domain's. */
function own(purpose: Purpose, name: string, type: WantedRecord['type'], value: string, more: Partial<WantedRecord> = {}): WantedRecord {
  return { purpose, name, type, value, need: 'must', zone: 'domain', remark: null, ...more }
}

/** RFC 5321 §5.1. */
export function mxRecord({ name, house }: Subject): WantedRecord {
  const remark = house.addresses.length > 0 ? null : `the address of ${house.hostname} is not known here: name it in outbound.own_addresses`
  return own('mx', name, 'MX', `10 ${house.hostname}.`, { remark })
}

/** What a domain without mail says: nobody receives (RFC 7505 §3), nobody sends, and no key of it is good (RFC 6376 §3.6.1). */
export function parkedRecords({ name }: Pick<Subject, 'name'>): readonly WantedRecord[] {
  return [
    own('mx', name, 'MX', '0 .'), own('spf', name, 'TXT', quotedText('v=spf1 -all')), own('dmarc', `_dmarc.${name}`, 'TXT', quotedText('v=DMARC1; p=reject; sp=reject; np=reject')),
    own('dkim', `*._domainkey.${name}`, 'TXT', quotedText('v=DKIM1; p='), { need: 'may', remark: 'takes back keys that it had' }),
  ]
}

/** Who may send in the name of the domain: our host, by its name so that a new address needs no new record, and what else mail leaves from. RFC 7208. */
export function spfRecord({ name, house }: Subject): WantedRecord {
  return own('spf', name, 'TXT', quotedText(spfText(house)), { remark: 'exactly one record may begin with v=spf1: add others who send for you to this one' })
}

/** The SPF record of a domain whose mail leaves here only. */
export function spfText({ hostname, addresses, sending }: House): string {
  const ours = new Set(addresses.map(({ address }) => address))
  const others = sending.filter(({ address }) => !ours.has(address)).map(spfTerm)
  // `~all`: a forwarder breaks SPF and not DKIM, and some receivers refuse a plain fail before they have looked at DKIM and DMARC.
  return ['v=spf1', `a:${hostname}`, ...others, '~all'].join(' ')
}

/** An address as a term of an SPF record. RFC 7208 §5.6. */
export function spfTerm({ address }: { readonly address: string }): string {
  return `${address.includes(':') ? 'ip6' : 'ip4'}:${address}`
}

/** Keys that sign, will sign, or signed what is still on its way. RFC 6376 §3.6. */
export function dkimRecords({ name, keys, nowMs }: Subject): readonly WantedRecord[] {
  return publishedKeys(name, keys, nowMs).map(dkimRecord)
}

/** One key, with the days that it is about. */
export function dkimRecord(plan: KeyPlan): WantedRecord {
  return own('dkim', plan.name, 'TXT', quotedText(plan.record), { remark: dkimRemark(plan) })
}

function dkimRemark({ state, activeMs, untilMs }: KeyPlan): string {
  switch (state) {
    case 'waiting':
      return `publish now: it signs from ${day(activeMs)} on`
    case 'signing':
      return untilMs === null ? 'it signs now' : `it signs now; keep it until ${day(untilMs)}`
    case 'retired':
      return `it signs no more; keep it until ${day(untilMs ?? activeMs)}, for mail that is on its way`
    case 'over':
      return 'remove it'
    default:
      return unreachable(state)
  }
}

/** A moment to the minute, in UTC, as pages and sentences say it. */
export function day(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** What receivers shall do with mail that is not ours. RFC 9989. */
export function dmarcRecord({ name, house }: Subject): WantedRecord {
  const text = `v=DMARC1; p=quarantine; sp=quarantine; np=reject; rua=mailto:${house.reportsTo}@${name}`
  return own('dmarc', `_dmarc.${name}`, 'TXT', quotedText(text), { remark: 'while others still send for you, begin with p=none and read the reports' })
}

/** RFC 8461 §3.1. None while the mode is `none`: a domain that leaves MTA-STS takes its record away last. */
export function stsRecords({ name, sts, house }: Subject): readonly WantedRecord[] {
  if (sts === 'none') return []
  const remark = house.httpsPort === null ? 'nothing here answers HTTPS: whoever does must hand /.well-known/mta-sts.txt on to us' : null
  return [
    own('mta-sts', `_mta-sts.${name}`, 'TXT', quotedText(`v=STSv1; id=${stsPolicyId(house, sts)}`), { need: 'should', remark: 'its id changes with the policy' }),
    own('mta-sts', `mta-sts.${name}`, 'CNAME', `${house.hostname}.`, { need: 'should', remark }),
  ]
}

/** Where senders tell how TLS with us went. RFC 8460 §3. */
export function tlsRptRecord({ name, house }: Subject): WantedRecord {
  return own('tls-rpt', `_smtp._tls.${name}`, 'TXT', quotedText(`v=TLSRPTv1; rua=mailto:${house.reportsTo}@${name}`), { need: 'should' })
}

/** RFC 6186 §3.4: one without TLS from the first byte comes second (RFC 8314 §5.1). `jmap` is not listed while we have none: nobody asks for it in vain. */
const SERVICES: readonly { readonly name: ServiceName; readonly priority: number; readonly denied: boolean }[] = [
  { name: 'submissions', priority: 0, denied: true },
  { name: 'submission', priority: 10, denied: true },
  { name: 'imaps', priority: 0, denied: true },
  { name: 'imap', priority: 10, denied: true },
  { name: 'pop3s', priority: 20, denied: true },
  { name: 'pop3', priority: 30, denied: true },
  { name: 'jmap', priority: 0, denied: false },
]

/** Where mail programs find what. A service that is not offered says so with the root as its target: RFC 2782. */
export function serviceRecords({ name: domain, house }: Subject): readonly WantedRecord[] {
  const mail = SERVICES.flatMap(({ name, priority, denied }) => {
    const offered = house.services.find((service) => service.name === name)
    if (offered === undefined && !denied) return []
    const value = offered === undefined ? '0 0 0 .' : `${priority} 1 ${offered.port} ${house.hostname}.`
    return [own('service', `_${name}._tcp.${domain}`, 'SRV', value, { need: 'should' })]
  })
  if (house.httpsPort === null) return mail
  return [...mail, own('service', `_autodiscover._tcp.${domain}`, 'SRV', `0 1 ${house.httpsPort} ${house.hostname}.`, { need: 'should' })]
}

/** Names that mail programs try. */
export function discoveryRecords({ name, house }: Subject): readonly WantedRecord[] {
  return ['autoconfig', 'autodiscover'].map((label) => own('autoconfig', `${label}.${name}`, 'CNAME', `${house.hostname}.`, { need: 'should' }))
}

/** Who may issue certificates: whoever issues ours. RFC 8659. */
export function caaRecords({ name, house }: Subject): readonly WantedRecord[] {
  if (house.authority === null) return []
  return [own('caa', name, 'CAA', `0 issue "${house.authority}"`, { need: 'may', remark: 'only if nobody else issues certificates for this domain' })]
}

/** A logo beside mail: its owner has to draw and buy it first. */
export function bimiRecord({ name }: Subject): WantedRecord {
  const text = `v=BIMI1; l=https://${name}/logo.svg; a=https://${name}/logo.pem`
  return own('bimi', `default._bimi.${name}`, 'TXT', quotedText(text), { need: 'may', remark: 'a logo (SVG Tiny PS) and its certificate, if you have them; wants p=quarantine or p=reject' })
}

/** RFC 1035 §3.4.1, RFC 3596. */
export function addressRecords({ hostname, addresses }: House): readonly WantedRecord[] {
  return addresses.map(({ address }) => own('address', hostname, address.includes(':') ? 'AAAA' : 'A', address, { zone: 'host' }))
}

/** Bounces of programs' mail come back to our host name: it needs SPF of its own. It has it when it is the domain. */
export function returnPathRecords({ name, house }: Subject): readonly WantedRecord[] {
  if (name === house.hostname) return []
  return [own('return-path', house.hostname, 'TXT', quotedText(spfText(house).replace(`a:${house.hostname}`, 'a')), { zone: 'host' })]
}

/** The name below a domain at which bounces of its programs' mail come back. */
export function bounceName(domain: Domain): Domain {
  return `bounce.${domain}` as Domain // What is a domain is one with a label before it.
}

/** One record that brings MX and SPF: with it SPF of programs' mail is aligned with its author, too. deliverability §4.1. */
export function bounceRecords({ name, house: { hostname } }: Subject): readonly WantedRecord[] {
  if (name === hostname || !hostname.includes('.')) return []
  return [own('return-path', bounceName(name), 'CNAME', `${hostname}.`, { need: 'may', remark: 'only where mail to the domain goes elsewhere: bounces of programs’ mail come back below it, and SPF is aligned as well as DKIM' })]
}

/** Where links of mail lead: a name of its own leads to our host. A name without a dot is this machine's. */
export function linkRecords({ name, house: { linkHost, hostname } }: Subject): readonly WantedRecord[] {
  if (linkHost === hostname || linkHost === name || !linkHost.includes('.')) return []
  return [own('links', linkHost, 'CNAME', `${hostname}.`, { need: 'should', zone: linkHost.endsWith(`.${name}`) ? 'domain' : 'host' })]
}

/** The name below a domain at which links of its mail may lead to us. */
export function linkName(domain: Domain): Domain {
  return `links.${domain}` as Domain // What is a domain is one with a label before it.
}

/** One record that makes links of a domain's mail lead to a name of its own, where all others lead to a name that it shares. deliverability §6.2. */
export function ownLinkRecords({ name, house: { linkHost, hostname } }: Subject): readonly WantedRecord[] {
  if (name === hostname || !hostname.includes('.') || linkHost === linkName(name)) return []
  return [own('links', linkName(name), 'CNAME', `${hostname}.`, { need: 'may', remark: 'links and pictures of its mail then lead there, once there is a certificate for that name' })]
}

/** The key that our MX shows, and those it will show next. RFC 7672 §3.1.1: `3 1 1` survives a renewed certificate with the same key. */
export function tlsaRecords({ hostname, certificate, nextKeyDigests }: House): readonly WantedRecord[] {
  const digests = [...new Set([...(certificate?.isKeyKept === true ? [certificate.keyDigest] : []), ...nextKeyDigests])]
  const remark = 'only in a zone that is signed; publish the next key before it is used'
  return digests.map((digest) => own('dane', `_25._tcp.${hostname}`, 'TLSA', `3 1 1 ${digest}`, { need: 'may', zone: 'host', remark }))
}

/** RFC 1912 §2.1: what an address says must lead back to it. */
export function reverseRecords({ sending }: Pick<House, 'sending'>): readonly WantedRecord[] {
  return sending.map(({ reverse, ehlo }) => own('reverse', reverse, 'PTR', `${ehlo}.`, { zone: 'reverse' }))
}
