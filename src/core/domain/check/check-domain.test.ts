import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type CheckedDomain, checkedDomain, NOW_MS, type World } from '../../../../test/support/checked-domain.ts'
import { type DnsTestServer, startDns } from '../../../../test/support/dns/server.ts'
import type { Domain } from '../../../base/brand.ts'
import { OVERLAP_MS } from '../dkim.ts'
import { CHECK_IDS, type CheckId, PARKED_IDS, type Finding, type State } from './finding.ts'

const D = 'toko.example'
const MX = 'mx.rumah.example'

let dns: DnsTestServer
let checked: CheckedDomain
before(async () => {
  dns = await startDns()
  checked = await checkedDomain(dns)
})
after(() => dns[Symbol.asyncDispose]())

async function checkOne(id: CheckId, world: World): Promise<Finding> {
  const finding = (await checked.check(world)).get(id)
  assert.ok(finding !== undefined, id)
  return finding
}

test('where all is well every check passes, and nothing is to be done', async () => {
  const findings = await checked.check()
  assert.deepEqual([...findings.values()].filter(({ kind }) => kind !== 'pass'), [])
  assert.deepEqual([...findings.keys()], [...CHECK_IDS])
})

/** A row: the check, what is changed, how it must end, what it must tell, and the record that its advice must name. */
type Row = readonly [id: CheckId, what: string, world: World, kind: State, found: RegExp, advice: RegExp]

const SPF = `TXT ${D}`
const DMARC = `TXT _dmarc.${D}`
const RSA_1024 = 'v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB'
const line = (record: string): RegExp => new RegExp(record.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
const MX_LINE = line(`${D}. 3600 IN MX 10 ${MX}.`)
const spf = (text: string): World => ({ zone: { [SPF]: [text] } })
const dmarc = (text: string): World => ({ zone: { [DMARC]: [text] } })
const chain = (count: number): Record<string, readonly string[]> => Object.fromEntries(Array.from({ length: count }, (_, at) => [`TXT s${at}.example`, [at === count - 1 ? 'v=spf1 ip4:192.0.2.25 -all' : `v=spf1 include:s${at + 1}.example -all`]]))

const ROWS: readonly Row[] = [
  ['mx', 'no MX record', { zone: { [`MX ${D}`]: null } }, 'fail', /no MX record/, MX_LINE],
  ['mx', 'a null MX', { zone: { [`MX ${D}`]: ['0 .'] } }, 'fail', /null MX/, MX_LINE],
  ['mx', 'the MX of somebody else', { zone: { [`MX ${D}`]: ['10 mx.else.example.'], 'A mx.else.example': ['198.51.100.1'] } }, 'fail', /mail goes elsewhere/, MX_LINE],
  ['mx', 'an extra MX of somebody else', { zone: { [`MX ${D}`]: [`10 ${MX}.`, '20 mx.else.example.'], 'A mx.else.example': ['198.51.100.1'] } }, 'warn', /20 mx\.else\.example is not ours/, /Remove the MX record of toko\.example that names 20 mx\.else\.example/],
  ['mx', 'an MX that is an alias', { zone: { [`MX ${D}`]: ['10 post.example.'], 'CNAME post.example': [`${MX}.`] } }, 'fail', /post\.example is an alias of mx\.rumah\.example/, MX_LINE],
  ['mx', 'an MX that does not exist', { zone: { [`MX ${D}`]: ['10 gone.nowhere.'] } }, 'fail', /gone\.nowhere does not exist/, MX_LINE],
  ['mx', 'an MX that is an address', { zone: { [`MX ${D}`]: ['10 192.0.2.25.'] } }, 'fail', /192\.0\.2\.25 is an address/, MX_LINE],
  ['mx', 'a name of its own with our address', { zone: { [`MX ${D}`]: ['10 post.example.'], 'A post.example': ['192.0.2.25'] } }, 'pass', /10 post\.example/, /^$/],
  ['mx', 'a DNS that is silent', { silent: [D] }, 'unknown', /REFUSED/, /check again later/],
  ['mx-address', 'no address', { zone: { [`A ${MX}`]: null } }, 'fail', /has no address/, line(`${MX}. 3600 IN A 192.0.2.25`)],
  ['mx-address', 'a private address', { zone: { [`A ${MX}`]: ['10.0.0.1'] } }, 'fail', /10\.0\.0\.1/, line(`${MX}. 3600 IN A 192.0.2.25`)],
  ['mx-address', 'somebody else’s address', { zone: { [`A ${MX}`]: ['198.51.100.1'] } }, 'fail', /198\.51\.100\.1/, line(`${MX}. 3600 IN A 192.0.2.25`)],
  ['mx-address', 'one address too many', { zone: { [`A ${MX}`]: ['192.0.2.25', '198.51.100.1'] } }, 'warn', /198\.51\.100\.1/, /Remove 198\.51\.100\.1 from the A\/AAAA records of mx\.rumah\.example/],
  ['mx-address', 'IPv6 where nobody listens', { zone: { [`AAAA ${MX}`]: ['2001:db8::25'] }, house: { addresses: [{ address: '192.0.2.25', reverse: '25.2.0.192.in-addr.arpa' }, { address: '2001:db8::25', reverse: 'x' }] } }, 'warn', /2001:db8::25/, /Remove the AAAA record of mx\.rumah\.example/],
  ['mx-port', 'a closed port', { greeted: { kind: 'failed', why: 'refused' } }, 'fail', /refused/, /A\/AAAA record of mx\.rumah\.example/],
  ['mx-port', 'no STARTTLS', { greeted: { kind: 'greeted', tookMs: 1, startTls: false } }, 'warn', /no STARTTLS/, /starttls/],
  ['mx-port', 'a slow greeting', { greeted: { kind: 'greeted', tookMs: 4_000, startTls: true } }, 'warn', /4\.0 s/, /slow to greet/],
  ['mx-certificate', 'no certificate', { house: { certificate: null } }, 'fail', /there is none/, /mx\.rumah\.example/],
  ['ptr', 'no reverse DNS', { zone: { 'PTR 25.2.0.192.in-addr.arpa': null } }, 'fail', /no PTR record/, line(`25.2.0.192.in-addr.arpa. 3600 IN PTR ${MX}.`)],
  ['ptr', 'a name that does not lead back', { zone: { 'PTR 25.2.0.192.in-addr.arpa': ['else.example.'], 'A else.example': ['198.51.100.1'] } }, 'fail', /does not lead back/, line(`PTR ${MX}.`)],
  ['ptr', 'two names', { zone: { 'PTR 25.2.0.192.in-addr.arpa': [`${MX}.`, 'else.example.'] } }, 'warn', /several/, line(`PTR ${MX}.`)],
  ['ptr', 'the name of a home', { zone: { 'PTR 25.2.0.192.in-addr.arpa': ['192-0-2-25.dsl.example.'], 'A 192-0-2-25.dsl.example': ['192.0.2.25'] } }, 'warn', /providers give/, line(`PTR ${MX}.`)],
  ['ptr', 'an address that nobody told us of', { house: { sending: [] } }, 'unknown', /no public address/, /outbound\.own_addresses/],
  ['ptr', 'a DNS that is silent', { silent: ['25.2.0.192.in-addr.arpa'] }, 'unknown', /REFUSED/, /check again later/],
  ['ehlo', 'a name without an address', { house: { sending: [{ address: '192.0.2.25', reverse: '25.2.0.192.in-addr.arpa', ehlo: 'gone.example' }] } }, 'fail', /gone\.example has no address/, line('gone.example. 3600 IN A 192.0.2.25')],
  ['ehlo', 'another name than the PTR', { zone: { 'PTR 25.2.0.192.in-addr.arpa': ['else.example.'], 'A else.example': ['192.0.2.25'] } }, 'warn', /PTR of 192\.0\.2\.25 is else\.example/, line(`PTR ${MX}.`)],
  ['spf', 'no record', { zone: { [SPF]: null } }, 'fail', /no SPF record/, line(`${D}. 3600 IN TXT "v=spf1 a:${MX} ~all"`)],
  ['spf', 'two records', { zone: { [SPF]: ['v=spf1 a:mx.rumah.example ~all', 'v=spf1 -all'] } }, 'fail', /2 SPF records/, line(`Replace the SPF record (TXT) at ${D} by: ${D}. 3600 IN TXT "v=spf1 a:${MX} -all"`)],
  ['spf', 'a record that cannot be read', spf('v=spf1 ip4:1.2.3 include:else.example -all'), 'fail', /ip4:1\.2\.3 cannot be read/, line(`"v=spf1 a:${MX} include:else.example -all"`)],
  ['spf', 'everybody may send', spf(`v=spf1 a:${MX} +all`), 'fail', /lets everybody send/, line(`"v=spf1 a:${MX} ~all"`)],
  ['spf', 'we may not send', spf('v=spf1 ip4:198.51.100.1 -all'), 'fail', /does not let 192\.0\.2\.25 send/, line(`${D}. 3600 IN TXT "v=spf1 ip4:192.0.2.25 ip4:198.51.100.1 -all"`)],
  ['spf', 'eleven lookups', { zone: { [SPF]: ['v=spf1 ip4:192.0.2.25 include:s0.example -all'], ...chain(11) } }, 'fail', /11 lookups/, /Take the includes/],
  ['spf', 'nine lookups', { zone: { [SPF]: ['v=spf1 ip4:192.0.2.25 include:s0.example -all'], ...chain(9) } }, 'warn', /9 of 10 lookups/, /Take the includes/],
  ['spf', 'three names that are not there', spf('v=spf1 ip4:192.0.2.25 a:x1.example a:x2.example a:x3.example -all'), 'fail', /3 terms name nothing/, line('"v=spf1 ip4:192.0.2.25 -all"')],
  ['spf', 'an include of nothing', spf('v=spf1 ip4:192.0.2.25 include:nothing.example -all'), 'fail', /include:nothing\.example leads to nothing\.example, which has no SPF record/, line(`Replace the SPF record (TXT) at ${D} by: ${D}. 3600 IN TXT "v=spf1 ip4:192.0.2.25 -all"`)],
  ['spf', 'an end that is open', spf(`v=spf1 a:${MX}`), 'warn', /does not end/, line(`"v=spf1 a:${MX} ~all"`)],
  ['spf', 'a ptr', spf(`v=spf1 a:${MX} ptr -all`), 'warn', /ptr/, line(`by: ${D}. 3600 IN TXT "v=spf1 a:${MX} -all"`)],
  ['spf', 'a record that is too long', spf(`v=spf1 a:${MX} ${'ip4:198.51.100.100 '.repeat(25)}-all`), 'warn', /characters long/, /Take the includes/],
  ['spf', 'a DNS that is silent', { silent: [D] }, 'unknown', /REFUSED/, /check again later/],
  ['dmarc', 'no record', { zone: { [DMARC]: null } }, 'fail', /no record/, line(`_dmarc.${D}. 3600 IN TXT "v=DMARC1; p=quarantine; sp=quarantine; np=reject; rua=mailto:postmaster@${D}"`)],
  ['dmarc', 'two records', { zone: { [DMARC]: ['v=DMARC1; p=none', 'v=DMARC1; p=reject'] } }, 'fail', /2 records/, /Replace the TXT record at _dmarc\.toko\.example/],
  ['dmarc', 'a record that cannot be read', dmarc('v=DMARC1; p=block'), 'fail', /cannot read/, /Replace the TXT record at _dmarc\.toko\.example/],
  ['dmarc', 'a version in small letters', dmarc('v=dmarc1; p=reject'), 'fail', /cannot read/, /Replace the TXT record at _dmarc\.toko\.example/],
  ['dmarc', 'p=none', dmarc(`v=DMARC1; p=none; np=reject; rua=mailto:a@${D}`), 'warn', /p=none/, line(`"v=DMARC1; p=quarantine; sp=quarantine; np=reject; rua=mailto:a@${D}"`)],
  ['dmarc', 't=y', dmarc(`v=DMARC1; p=reject; t=y; np=reject; rua=mailto:a@${D}`), 'warn', /t=y/, line(`"v=DMARC1; p=reject; sp=reject; np=reject; rua=mailto:a@${D}"`)],
  ['dmarc', 'tags that are gone', dmarc(`v=DMARC1; p=reject; pct=50; np=reject; rua=mailto:a@${D}`), 'warn', /pct: RFC 9989 has removed it/, line('p=reject; sp=reject')],
  ['dmarc', 'a weaker policy for subdomains', dmarc(`v=DMARC1; p=reject; sp=none; np=reject; rua=mailto:a@${D}`), 'warn', /sp=none is weaker/, line('p=reject; sp=reject')],
  ['dmarc', 'nothing for names that do not exist', dmarc(`v=DMARC1; p=reject; adkim=s; rua=mailto:a@${D}`), 'warn', /no np/, line('np=reject; rua=mailto:a@toko.example; adkim=s')],
  ['dmarc', 'nobody who reads reports', dmarc('v=DMARC1; p=reject; np=reject'), 'warn', /no rua/, line(`rua=mailto:postmaster@${D}`)],
  ['dmarc', 'reports to somebody who has not agreed', dmarc('v=DMARC1; p=reject; np=reject; rua=mailto:a@reports.example'), 'fail', /has not agreed/, line(`${D}._report._dmarc.reports.example. 3600 IN TXT "v=DMARC1;"`)],
  ['dmarc', 'reports to somebody who has agreed', { zone: { [DMARC]: ['v=DMARC1; p=reject; np=reject; rua=mailto:a@reports.example'], [`TXT ${D}._report._dmarc.reports.example`]: ['v=DMARC1;'] } }, 'pass', /p=reject/, /^$/],
  ['dmarc', 'a DNS that is silent', { silent: [`_dmarc.${D}`] }, 'unknown', /REFUSED/, /check again later/],
  ['dmarc-tree', 'a domain that calls itself a public suffix', dmarc('v=DMARC1; p=reject; psd=y'), 'fail', /psd=y/, /Take psd=y out of the TXT record at _dmarc\.toko\.example/],
  ['return-path', 'a host without SPF', { zone: { [`TXT ${MX}`]: null } }, 'fail', /no SPF record at mx\.rumah\.example/, line(`${MX}. 3600 IN TXT "v=spf1 a ~all"`)],
  ['return-path', 'a host that takes nothing', { zone: { [`A ${MX}`]: null } }, 'fail', /has no address/, line(`${MX}. 3600 IN A 192.0.2.25`)],
  ['mta-sts', 'no record', { zone: { [`TXT _mta-sts.${D}`]: null } }, 'warn', /no record/, /_mta-sts\.toko\.example\. 3600 IN TXT "v=STSv1; id=[0-9a-f]{20}"/],
  ['mta-sts', 'a record that cannot be read', { zone: { [`TXT _mta-sts.${D}`]: ['v=STSv1 id=1'] } }, 'fail', /no sound record/, /Replace the TXT record at _mta-sts\.toko\.example/],
  ['mta-sts', 'an old id', { zone: { [`TXT _mta-sts.${D}`]: ['v=STSv1; id=1'] } }, 'warn', /the id 1/, /Replace the TXT record at _mta-sts\.toko\.example/],
  ['mta-sts', 'no web server', { zone: { [`CNAME mta-sts.${D}`]: null } }, 'fail', /has no address/, line(`mta-sts.${D}. 3600 IN CNAME ${MX}.`)],
  ['mta-sts', 'a policy that cannot be fetched', { policy: { kind: 'failed', why: 'it answered 301' } }, 'fail', /it answered 301/, /without a redirect/],
  ['mta-sts', 'a policy of somebody else', { policy: { kind: 'policy', policy: { mode: 'enforce', maxAgeS: 604_800, mx: ['mx.else.example'] } } }, 'fail', /does not name the MX mx\.rumah\.example/, line(`mta-sts.${D}. 3600 IN CNAME ${MX}.`)],
  ['mta-sts', 'a policy with a short life', { policy: { kind: 'policy', policy: { mode: 'enforce', maxAgeS: 600, mx: [MX] } } }, 'warn', /600 s/, /1209600/],
  ['mta-sts', 'a policy under test', { subject: { sts: 'testing' }, zone: { [`TXT _mta-sts.${D}`]: ['v=STSv1; id=x'] } }, 'warn', /testing/, /_mta-sts\.toko\.example/],
  ['mta-sts', 'a record where nothing is asked', { subject: { sts: 'none' } }, 'warn', /a policy that asks nothing/, /Remove the TXT record at _mta-sts\.toko\.example/],
  ['mta-sts', 'a DNS that is silent', { silent: [`mta-sts.${D}`] }, 'unknown', /REFUSED/, /check again later/],
  ['tls-rpt', 'no record', { zone: { [`TXT _smtp._tls.${D}`]: null } }, 'warn', /no record/, line(`_smtp._tls.${D}. 3600 IN TXT "v=TLSRPTv1; rua=mailto:postmaster@${D}"`)],
  ['tls-rpt', 'a record that cannot be read', { zone: { [`TXT _smtp._tls.${D}`]: ['v=TLSRPTv1; rua=postmaster'] } }, 'fail', /ignore it/, /Replace the TXT record at _smtp\._tls\.toko\.example/],
  ['dane', 'another certificate', { zone: { [`TLSA _25._tcp.${MX}`]: [`3 1 1 ${'ab'.repeat(32)}`] } }, 'fail', /no TLSA record matches/, /_25\._tcp\.mx\.rumah\.example\. 3600 IN TLSA 3 1 1 [0-9a-f]{64}/],
  ['dane', 'a signed zone without', { zone: { [`TLSA _25._tcp.${MX}`]: null } }, 'warn', /none, in a zone that is signed/, /TLSA 3 1 1/],
  ['dane', 'a zone that is not signed', { signed: false }, 'warn', /not signed/, /remove the TLSA records at _25\._tcp\.mx\.rumah\.example/],
  ['dane', 'a next key that is not there yet', { house: { nextKeyDigests: ['cd'.repeat(32)] } }, 'warn', /comes next/, line(`TLSA 3 1 1 ${'cd'.repeat(32)}`)],
  ['dnssec', 'a zone that is not signed', { signed: false }, 'warn', /not signed/, /DS record/],
  ['dnssec', 'a zone whose signatures are wrong', { bogus: true }, 'fail', /signatures are wrong/, /DS record/],
  ['dnssec', 'a server that is broken', { silent: [D] }, 'unknown', /REFUSED/, /check again later/],
  ['caa', 'another authority', { zone: { [`CAA ${D}`]: ['0 issue "else.example"'] } }, 'fail', /else\.example/, line(`${D}. 3600 IN CAA 0 issue "ca.example"`)],
  ['caa', 'another authority of the parent', { zone: { [`CAA ${D}`]: null, 'CAA example': ['0 issue ";"'] } }, 'fail', /CAA of example/, line('example. 3600 IN CAA 0 issue "ca.example"')],
  ['caa', 'a word that authorities do not know', { zone: { [`CAA ${D}`]: ['0 issue "ca.example"', '128 tbs "x"'] } }, 'fail', /tbs/, /Remove the critical CAA record "tbs"/],
  ['caa', 'nobody may, and we do not know who should', { zone: { [`CAA ${D}`]: ['0 issue ";"'] }, house: { authority: null } }, 'warn', /;/, /Replace the CAA record/],
  ['discovery', 'none of the records', { zone: Object.fromEntries(['SRV _submissions._tcp', 'SRV _submission._tcp', 'SRV _imaps._tcp', 'SRV _imap._tcp', 'SRV _pop3s._tcp', 'SRV _pop3._tcp', 'SRV _autodiscover._tcp', 'CNAME autoconfig', 'CNAME autodiscover'].map((key) => [`${key}.${D}`, null])) }, 'warn', /missing/, line(`_imaps._tcp.${D}. 3600 IN SRV 0 1 993 ${MX}.`)],
  ['discovery', 'another port', { zone: { [`SRV _imaps._tcp.${D}`]: [`0 1 994 ${MX}.`] } }, 'fail', /port 994/, line(`_imaps._tcp.${D}. 3600 IN SRV 0 1 993 ${MX}.`)],
  ['discovery', 'an alias that leads nowhere', { zone: { [`CNAME autodiscover.${D}`]: ['cloud.gone.'] } }, 'fail', /cloud\.gone, which has no address/, line(`autodiscover.${D}. 3600 IN CNAME ${MX}.`)],
  ['discovery', 'an alias that leads elsewhere', { zone: { [`CNAME autoconfig.${D}`]: ['web.else.'], 'A web.else': ['198.51.100.1'] } }, 'warn', /leads to web\.else/, line(`autoconfig.${D}. 3600 IN CNAME ${MX}.`)],
  ['discovery', 'a certificate that will not do', { web: { kind: 'failed', why: 'self-signed certificate' } }, 'warn', /autoconfig\.toko\.example does not answer as it should: self-signed certificate/, line(`autoconfig.${D} (autoconfig.${D}. 3600 IN CNAME ${MX}.) answer HTTPS`)],
  ['bimi', 'a record that cannot be used', { zone: { [`TXT default._bimi.${D}`]: ['v=BIMI1; l=http://x/logo.png'] } }, 'fail', /logo\.png/, /Replace the TXT record at default\._bimi\.toko\.example/],
  ['bimi', 'a logo without a certificate', { zone: { [`TXT default._bimi.${D}`]: ['v=BIMI1; l=https://x.example/logo.svg; a='] } }, 'warn', /without a certificate/, /default\._bimi\.toko\.example/],
  ['bimi', 'a logo with its certificate', { zone: { [`TXT default._bimi.${D}`]: ['v=BIMI1; l=https://x.example/logo.svg; a=https://x.example/vmc.pem'] } }, 'pass', /logo\.svg/, /^$/],
  ['dmarc-tree', 'a record in between', { subject: { name: 'a.b.toko.example' as Domain }, zone: { 'TXT _dmarc.b.toko.example': ['v=DMARC1; p=none'] } }, 'warn', /_dmarc\.b\.toko\.example, in between/, /Remove the TXT record at _dmarc\.b\.toko\.example/],
  ['unsubscribe', 'a redirect', { oneClick: { kind: 'answered', status: 302, tookMs: 20 } }, 'fail', /it answered 302/, /below \/t\/ on as it is: no redirect, no login/],
  ['unsubscribe', 'an answer after three seconds', { oneClick: { kind: 'answered', status: 200, tookMs: 3_000 } }, 'warn', /3000 ms/, /below \/t\//],
  ['unsubscribe', 'a certificate that will not do', { oneClick: { kind: 'untrusted', why: 'self-signed certificate' } }, 'fail', /self-signed/, /Get a certificate for links\.toko\.example/],
  ['unsubscribe', 'a server that this machine does not reach', { oneClick: { kind: 'failed', why: 'ECONNREFUSED' } }, 'unknown', /ECONNREFUSED/, /See from elsewhere/],
  ['links', 'a name without an address', { zone: { [`CNAME links.${D}`]: null } }, 'fail', /has no address/, line(`links.${D}. 3600 IN CNAME ${MX}.`)],
  ['links', 'a name of another domain', { house: { linkHost: MX }, zone: { [`CNAME links.${D}`]: null } }, 'warn', /which is not of toko\.example/, line(`links.${D}. 3600 IN CNAME ${MX}.`)],
  ['links', 'a name of its own beside that of the server', { house: { linkHost: MX } }, 'pass', /links\.toko\.example leads here/, /^$/],
  ['links', 'a name on a list that few believe', { listed: { kind: 'listed', lists: ['dbl.spamhaus.org'], weight: 'light' } }, 'warn', /links\.toko\.example is on dbl\.spamhaus\.org/, /ask dbl\.spamhaus\.org to remove it/],
  ['links', 'an expired certificate', { oneClick: { kind: 'untrusted', why: 'certificate has expired' } }, 'fail', /has expired/, /Get a certificate/],
  ['lists', 'a list that most believe', { listed: { kind: 'listed', lists: ['dbl.spamhaus.org'], weight: 'grave' } }, 'fail', /toko\.example is on dbl\.spamhaus\.org/, /ask dbl\.spamhaus\.org to remove it/],
  ['lists', 'no list that answers', { listed: { kind: 'unknown', why: 'no DNS list answers us' } }, 'unknown', /no DNS list answers us/, /outbound\.resolvers/],
  ['parked', 'a domain that says it all', { subject: { parked: true }, zone: { [`MX ${D}`]: ['0 .'], [SPF]: ['v=spf1 -all'], [DMARC]: ['v=DMARC1; p=reject'] } }, 'pass', /it has no mail/, /^$/],
  ['parked', 'no null MX', { subject: { parked: true }, zone: { [`MX ${D}`]: null, [SPF]: ['v=spf1 -all'], [DMARC]: ['v=DMARC1; p=reject'] } }, 'warn', /^no null MX$/, line(`${D}. 3600 IN MX 0 .`)],
  ['parked', 'an SPF record that forbids nothing', { subject: { parked: true }, zone: { [`MX ${D}`]: ['0 .'], [SPF]: ['v=spf1 ~all'], [DMARC]: ['v=DMARC1; p=reject'] } }, 'warn', /^SPF: v=spf1 ~all$/, line(`${D}. 3600 IN TXT "v=spf1 -all"`)],
  ['parked', 'the records of a domain that has mail', { subject: { parked: true } }, 'fail', /no null MX; SPF: v=spf1 a:mx.*; DMARC: v=DMARC1; p=quarantine/, line(`_dmarc.${D}. 3600 IN TXT "v=DMARC1; p=reject; sp=reject; np=reject"`)],
  ['parked', 'a DNS that is silent', { subject: { parked: true }, silent: [D] }, 'unknown', /REFUSED/, /check again later/],
  ['responsible', 'nobody who reads abuse', { reaches: (local) => local !== 'abuse' }, 'fail', /nobody reads abuse@toko\.example/, /merpati alias add abuse@toko\.example/],
]

for (const [id, what, world, kind, found, advice] of ROWS) {
  test(`${id} is ${kind} with ${what}`, async () => {
    const finding = await checkOne(id, world)
    assert.equal(finding.kind, kind, finding.found)
    assert.match(finding.found, found)
    assert.match([finding.advice?.en ?? '', ...finding.records.map(({ name, type, value }) => `${name}. 3600 IN ${type} ${value}`)].join('\n').trim(), advice)
    assert.equal(finding.advice === null, kind === 'pass')
    assert.notEqual(finding.advice?.id, '')
  })
}

test('a domain without mail is asked for that only', async () => {
  assert.deepEqual([...(await checked.check({ subject: { parked: true } })).keys()], [...PARKED_IDS])
})

test('a name that does not exist fails, one without records does not, and a silent DNS says nothing', async () => {
  const all = Object.fromEntries([`MX ${D}`, SPF, DMARC, `CAA ${D}`].map((key) => [key, null]))
  assert.equal((await checkOne('exists', { zone: all })).kind, 'pass')
  dns.behave(D, 'nxdomain')
  const gone = await checkOne('exists', {})
  dns.behave(D, null)
  assert.deepEqual([gone.kind, gone.found], ['fail', 'there is no such name (NXDOMAIN)'])
  assert.equal((await checkOne('exists', { silent: [D] })).kind, 'unknown')
})

test('keys are told of before, during and after a rotation, with dates', async () => {
  const { keys } = checked.subject
  const [rsa] = keys
  assert.ok(rsa !== undefined)
  const name = `${rsa.selector}._domainkey.${D}`
  const at = (change: Partial<typeof rsa>): World => ({ subject: { keys: [{ ...rsa, ...change }, ...keys.slice(1)] } })
  const day = 86_400_000
  const waiting = { activeMs: NOW_MS + 2 * day }
  assert.match((await checkOne('dkim-rotation', at(waiting))).found, /is published and signs from 2026-11-28 12:00 UTC on/)
  const missing = await checkOne('dkim-rotation', { ...at(waiting), zone: { [`TXT ${name}`]: null } })
  assert.equal(missing.kind, 'warn')
  assert.match(missing.advice?.en ?? '', /Publish the new key before 2026-11-28 12:00 UTC, .*_domainkey\.toko\.example\. 3600 IN TXT "v=DKIM1; k=rsa; p=/)
  const late = await checkOne('dkim-rotation', { ...at({ activeMs: NOW_MS + day / 2 }), zone: { [`TXT ${name}`]: null } })
  assert.equal(late.kind, 'fail')
  const retired = { retiredMs: NOW_MS - day }
  assert.match((await checkOne('dkim-rotation', at(retired))).found, /its record may go after 2026-12-02 12:00 UTC/)
  const early = await checkOne('dkim-rotation', { ...at(retired), zone: { [`TXT ${name}`]: null } })
  assert.deepEqual([early.kind, early.advice?.en.includes('Put the old key back until 2026-12-02 12:00 UTC')], ['warn', true])
  const over = await checkOne('dkim-rotation', { ...at({ retiredMs: NOW_MS - OVERLAP_MS - day }), zone: { [`TXT ${name}`]: [rsa.record] } })
  assert.equal(over.kind, 'warn')
  assert.match(over.advice?.en ?? '', /^Remove the TXT record at /)
  const old = await checkOne('dkim-rotation', { subject: { keys: keys.map((key) => ({ ...key, activeMs: NOW_MS - 400 * day })) } })
  assert.match(old.advice?.en ?? '', /rotate-keys toko\.example/)
})

test('keys that were never rotated are due after half a year, others after a whole one', async () => {
  const day = 86_400_000
  const aged = checked.subject.keys.map((key) => ({ ...key, activeMs: NOW_MS - 200 * day }))
  const [rsa] = aged
  assert.ok(rsa !== undefined)
  const first = await checkOne('dkim-rotation', { subject: { keys: aged } })
  assert.deepEqual([first.kind, first.found.endsWith(', and were never rotated')], ['warn', true])
  const before = { ...rsa, selector: 'dulu', activeMs: NOW_MS - 500 * day, retiredMs: NOW_MS - 200 * day }
  assert.equal((await checkOne('dkim-rotation', { subject: { keys: [...aged, before] } })).kind, 'pass')
  assert.equal((await checkOne('dkim-rotation', { subject: { keys: aged.map((key) => ({ ...key, activeMs: NOW_MS - 180 * day })) } })).kind, 'pass')
})

test('a key that is missing, revoked, too short, another one, or not alone is told', async () => {
  const [rsa] = checked.subject.keys
  assert.ok(rsa !== undefined)
  const name = `TXT ${rsa.selector}._domainkey.${D}`
  const wrong: readonly (readonly [texts: readonly string[] | null, kind: State, found: RegExp])[] = [
    [null, 'fail', /no key at/],
    [['v=DKIM1; p='], 'fail', /revoked/],
    [['v=DKIM1; k=rsa; p=!!'], 'fail', /no DKIM key/],
    [[RSA_1024], 'fail', /another one/],
    [[rsa.record, rsa.record], 'fail', /2 TXT records/],
    [[rsa.record.replace('k=rsa', 'k=rsa; t=y')], 'warn', /t=y/],
    [[rsa.record.replace('k=rsa', 'k=rsa; h=sha1')], 'fail', /allows only sha1/],
    [[rsa.record.replace('k=rsa', 'k=rsa; s=tlsrpt')], 'fail', /not for mail/],
  ]
  for (const [texts, kind, found] of wrong) {
    const finding = await checkOne('dkim', { zone: { [name]: texts } })
    assert.equal(finding.kind, kind, finding.found)
    assert.match(finding.found, found)
    assert.match(finding.advice?.en ?? '', /_domainkey\.toko\.example/)
  }
  const short = await checkOne('dkim', { subject: { keys: [{ ...rsa, record: RSA_1024 }] }, zone: { [name]: [RSA_1024] } })
  assert.deepEqual([short.kind, /1024 bits/.test(short.found)], ['warn', true])
  assert.match((await checkOne('dkim', { subject: { keys: [] } })).found, /no key signs/)
  assert.equal((await checkOne('dkim', { silent: [`${rsa.selector}._domainkey.${D}`] })).kind, 'unknown')
})

test('a certificate that ends, has ended, or names somebody else is told', async () => {
  const { certificate } = checked.subject.house
  assert.ok(certificate !== null)
  const kinds = await Promise.all([{ untilMs: NOW_MS + 86_400_000 }, { trusted: false }, { untilMs: NOW_MS - 1 }, { names: ['else.example'] }].map(async (change) => (await checkOne('mx-certificate', { house: { certificate: { ...certificate, ...change } } })).kind))
  assert.deepEqual(kinds, ['warn', 'warn', 'fail', 'fail'])
})

test('what strangers publish cannot drive a terminal, and is cut', async () => {
  const finding = await checkOne('dmarc', { zone: { [DMARC]: [`v=DMARC1; p=x\u001b[2J${'y'.repeat(2_000)}`] } })
  assert.equal(finding.kind, 'fail')
  assert.doesNotMatch(finding.found, /\u001b/)
  assert.ok(finding.found.length < 500)
})

test('a DNS that says nothing at all makes nothing fail', async () => {
  dns.behave('*', 'servfail')
  dns.behave('signed.test', null)
  dns.behave('broken.test', null)
  const findings = await checked.check()
  dns.behave('*', null)
  assert.deepEqual([...findings.values()].filter(({ kind }) => kind === 'fail' || kind === 'warn').map(({ id, found }) => [id, found]), [])
})

test('no TLSA record is wanted for a key that each renewal replaces, and one that fits it today is told of', async () => {
  const { certificate } = checked.subject.house
  assert.ok(certificate !== null)
  const house = { certificate: { ...certificate, isKeyKept: false } }
  const at = `TLSA _25._tcp.${MX}`
  const fits = await checkOne('dane', { house })
  assert.equal(fits.kind, 'warn')
  assert.match(JSON.stringify(fits), /a key of its own.*Remove the TLSA records at _25\._tcp\.mx\.rumah\.example/)
  const wrong = await checkOne('dane', { house, zone: { [at]: [`3 1 1 ${'ab'.repeat(32)}`] } })
  assert.equal(wrong.kind, 'fail')
  assert.match(JSON.stringify(wrong), /Remove the TLSA records/)
  assert.equal((await checkOne('dane', { house, zone: { [at]: null } })).kind, 'pass')
})
