import type { Tlsa } from '../../../base/dns.ts'
import { daneFault } from '../../../proto/dane/match.ts'
import { usableTlsa } from '../../../proto/dane/usable.ts'
import { tlsaRecords, type Subject, type WantedRecord } from '../wanted-records.ts'
import { zoneLine } from '../zone-file.ts'
import { type Advice, fail, type Fault, type Finding, pass, unknown, warn, worst } from './finding.ts'
import { ourMxHosts } from './mx-hosts.ts'
import type { Questions } from './questions.ts'

const ID = 'dane'

/** Whether the TLSA records of our MX fit the certificate that it shows, and the key that comes next. RFC 7672. */
export async function checkDane(subject: Subject, ask: Questions): Promise<Finding> {
  const [first = subject.house.hostname, ...rest] = await ourMxHosts(subject, ask)
  return worst([await checkHost(subject, first, ask), ...(await Promise.all(rest.map((host) => checkHost(subject, host, ask))))])
}

async function checkHost(subject: Subject, host: string, ask: Questions): Promise<Finding> {
  const name = `_25._tcp.${host}`
  const expected = `TLSA records at ${name} that fit our certificate, or none`
  const records = tlsaRecords(subject.house).map((record) => ({ ...record, name }))
  const answer = await ask.tlsa(name)
  if (answer.kind === 'failed') return unknown(ID, expected, answer)
  if (answer.kind === 'none') {
    if (!answer.authentic || records.length === 0) return pass(ID, expected, 'none: DANE is not used')
    return warn(ID, { expected, found: 'none, in a zone that is signed', advice: publish(records), records })
  }
  const fault = faultOf(subject, host, answer.records, records, expected)
  if (fault !== null) return fail(ID, fault)
  if (ask.validates && !answer.authentic) {
    const advice: Advice = { en: `Sign the zone of ${host} with DNSSEC, or remove the TLSA records at ${name}: without it nobody looks at them.`, id: `Tandatangani zona ${host} dengan DNSSEC, atau hapus record TLSA di ${name}: tanpa itu record tersebut diabaikan.` }
    return warn(ID, { expected, found: 'TLSA records in a zone that is not signed', advice })
  }
  if (isSoonWrong(subject, host, answer.records)) {
    return warn(ID, { expected, found: 'they fit the certificate in use, not the one that comes next: each has a key of its own', advice: remove(host, true) })
  }
  const missing = records.filter(({ value }) => !answer.records.some((tlsa) => textOf(tlsa) === value))
  const next = missing.filter(({ value }) => subject.house.nextKeyDigests.some((digest) => value.endsWith(digest)))
  if (next.length > 0) return warn(ID, { expected, found: 'they fit the certificate in use, not the one that comes next', advice: publish(next), records: next })
  return pass(ID, expected, 'they fit our certificate')
}

function faultOf({ house: { certificate }, name, nowMs }: Subject, host: string, found: readonly Tlsa[], records: readonly WantedRecord[], expected: string): Fault | null {
  const usable = usableTlsa(found)
  const fault = certificate === null ? { text: 'we have no certificate' } : daneFault({ records: usable, chain: certificate.chain, names: [host, name], nowMs })
  if (fault === null) return null
  const [lines, dan] = [' and ', ' dan '].map((word) => records.map(zoneLine).join(word))
  const replace: Advice = {
    en: `Replace the TLSA records at _25._tcp.${host} by: ${lines}. Until then senders with DANE do not send.`,
    id: `Ganti record TLSA di _25._tcp.${host} dengan: ${dan}. Sampai saat itu pengirim yang memakai DANE tidak akan mengirim.`,
  }
  const advice = records.length === 0 ? remove(host, certificate !== null) : replace
  return { expected, found: usable.length === 0 ? 'none of the TLSA records is of use for mail' : fault.text, advice, records }
}

/** Do the records hold for a key alone (certificate usage 3) that the next renewal replaces? RFC 7671 §8.1. */
function isSoonWrong({ house: { certificate }, name, nowMs }: Subject, host: string, found: readonly Tlsa[]): boolean {
  if (certificate === null || certificate.isKeyKept) return false
  const lasting = usableTlsa(found).filter(({ usage }) => usage !== 3)
  return lasting.length === 0 || daneFault({ records: lasting, chain: certificate.chain, names: [host, name], nowMs }) !== null
}

function remove(host: string, isRenewed: boolean): Advice {
  const [en, id] = isRenewed ? ['each renewal of our certificate has a key of its own', 'setiap pembaruan sertifikat kami memakai kunci baru'] : ['we have no certificate', 'kami tidak punya sertifikat']
  return { en: `Remove the TLSA records at _25._tcp.${host}: ${en}.`, id: `Hapus record TLSA di _25._tcp.${host}: ${id}.` }
}

function publish(records: readonly WantedRecord[]): Advice {
  const [en, id] = [' and ', ' dan '].map((word) => records.map(zoneLine).join(word))
  return { en: `Publish: ${en}`, id: `Terbitkan: ${id}` }
}

function textOf({ usage, selector, matchingType, data }: Tlsa): string {
  return `${usage} ${selector} ${matchingType} ${Buffer.from(data).toString('hex')}`
}
