import type { Answer, Srv } from '../../../base/dns.ts'
import { discoveryRecords, serviceRecords, type Subject, type WantedRecord } from '../wanted-records.ts'
import { zoneLine } from '../zone-file.ts'
import { type Advice, fail, type Finding, pass, shown, unknown, warn, worst } from './finding.ts'
import type { Questions } from './questions.ts'

const ID = 'discovery'
const EXPECTED = 'SRV records and autoconfig names lead to us'

/** Whether mail programs find us by themselves: SRV (RFC 6186, RFC 8314), autoconfig and autodiscover. A name that leads to a stranger is worse than none. */
export async function checkDiscovery(subject: Subject, ask: Questions): Promise<Finding> {
  const services = serviceRecords(subject)
  const names = discoveryRecords(subject)
  const [bySrv, byName] = await Promise.all([
    Promise.all(services.map(async (record) => judgeSrv(record, await ask.srv(record.name)))),
    Promise.all(names.map(async (record) => await judgeWeb(subject, await judgeName(subject, record, ask), ask))),
  ])
  const told = [...bySrv, ...byName]
  const missing = told.filter((each) => each.kind === 'missing').map(({ record }) => record)
  const findings = told.flatMap((each) => (each.kind === 'fault' ? each.finding : []))
  if (missing.length === told.length) return fail(ID, { expected: EXPECTED, found: 'there are none: people have to type servers and ports', advice: publish(missing), records: missing })
  const gaps = missing.length === 0 ? [] : [warn(ID, { expected: EXPECTED, found: `missing: ${missing.map(({ name }) => name).join(', ')}`, advice: publish(missing), records: missing })]
  return worst([pass(ID, EXPECTED, `${told.filter((each) => each.kind === 'right').length} of ${told.length} are right`), ...gaps, ...findings])
}

type Told = { readonly record: WantedRecord } & ({ readonly kind: 'right' | 'missing' } | { readonly kind: 'fault'; readonly finding: Finding })

function judgeSrv(record: WantedRecord, answer: Answer<Srv>): Told {
  if (answer.kind === 'failed') return { record, kind: 'fault', finding: unknown(ID, EXPECTED, answer) }
  // Who does not offer a service need not say so: RFC 6186 §3.4 only allows it.
  if (answer.kind === 'none') return { record, kind: record.value.endsWith(' .') ? 'right' : 'missing' }
  const [, , port, target = ''] = record.value.split(' ')
  const isRight = answer.records.some((srv) => `${srv.target}.` === target && (target === '.' || srv.port === Number(port)))
  if (isRight) return { record, kind: 'right' }
  const found = `${record.name} is ${shown(answer.records.map((srv) => `${srv.target || '.'} port ${srv.port}`).join(', '))}`
  return { record, kind: 'fault', finding: fail(ID, { expected: EXPECTED, found, advice: replace(record), records: [record] }) }
}

async function judgeName({ house }: Subject, record: WantedRecord, ask: Questions): Promise<Told> {
  const [alias, addresses] = await Promise.all([ask.cname(record.name), ask.allAddresses(record.name)])
  if (addresses.kind === 'failed') return { record, kind: 'fault', finding: unknown(ID, EXPECTED, addresses) }
  const target = alias.kind === 'found' ? (alias.records[0] ?? '') : null
  if (addresses.kind === 'none') {
    if (target === null) return { record, kind: 'missing' }
    const found = `${record.name} is an alias of ${shown(target)}, which has no address: whoever takes that name gets the passwords`
    return { record, kind: 'fault', finding: fail(ID, { expected: EXPECTED, found, advice: replace(record), records: [record] }) }
  }
  const isOurs = target === house.hostname || house.addresses.length === 0 || addresses.records.every((address) => house.addresses.some((own) => own.address === address))
  if (isOurs) return { record, kind: 'right' }
  const found = `${record.name} leads to ${shown(target ?? addresses.records.join(', '))}`
  return { record, kind: 'fault', finding: warn(ID, { expected: EXPECTED, found, advice: replace(record), records: [record] }) }
}

/** A name that leads here must answer, too: for a program a certificate that will not do is as good as none, and worse for people, who are asked to accept it. */
async function judgeWeb({ name }: Subject, told: Told, ask: Questions): Promise<Told> {
  if (told.kind !== 'right') return told
  const label = told.record.name.startsWith('autoconfig.') ? 'autoconfig' : 'autodiscover'
  const answer = await ask.outside.web(label, name, ask.signal)
  if (answer.kind === 'answers') return told
  const line = zoneLine(told.record)
  const advice: Advice = {
    en: `Let ${told.record.name} (${line}) answer HTTPS on port 443 with a trusted certificate for that name, by a listener of this server or a web server that hands requests on.`,
    id: `Pastikan ${told.record.name} (${line}) menjawab HTTPS di port 443 dengan sertifikat tepercaya untuk nama itu, lewat listener server ini atau server web yang meneruskan permintaan.`,
  }
  return { record: told.record, kind: 'fault', finding: warn(ID, { expected: EXPECTED, found: `${told.record.name} does not answer as it should: ${shown(answer.why)}`, advice }) }
}

function publish(records: readonly WantedRecord[]): Advice {
  const lines = records.map(zoneLine).join('\n')
  return { en: `Publish:\n${lines}`, id: `Terbitkan:\n${lines}` }
}

function replace(record: WantedRecord): Advice {
  const line = zoneLine(record)
  return { en: `Replace what is at ${record.name} by: ${line}`, id: `Ganti isi ${record.name} dengan: ${line}` }
}
