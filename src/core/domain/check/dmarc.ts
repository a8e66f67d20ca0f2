import { type DmarcRecord, isDmarcRecord, parseDmarcRecord } from '../../../proto/dmarc/record.ts'
import { dmarcRecord, type Subject, type WantedRecord } from '../wanted-records.ts'
import { quotedText, zoneLine } from '../zone-file.ts'
import { type Advice, fail, type Finding, pass, shown, unknown, warn, worst } from './finding.ts'
import { MAX_REPORT_URIS } from './limits.ts'
import type { Questions } from './questions.ts'

const ID = 'dmarc'

/** Whether the domain tells receivers what to do with mail that is not ours, and gets their reports. RFC 9989. */
export async function checkDmarc(subject: Subject, ask: Questions): Promise<Finding> {
  const wanted = dmarcRecord(subject)
  const expected = `one record v=DMARC1 at ${wanted.name} with p=quarantine or p=reject, and a rua`
  const answer = await ask.txt(wanted.name)
  if (answer.kind === 'failed') return unknown(ID, expected, answer)
  const texts = answer.kind === 'found' ? answer.records.filter((text) => /^v\s*=\s*dmarc/i.test(text)) : []
  const sound = texts.filter((text) => isDmarcRecord(text))
  const [text] = sound
  const broken = (found: string, advice: Advice): Finding => fail(ID, { expected, found, advice, records: [wanted] })
  if (texts.length === 0) return broken(`no record at ${wanted.name}: anybody can write in the name of ${subject.name}`, publish(wanted))
  if (sound.length > 1) return broken(`${sound.length} records: receivers use none of them`, replace(wanted))
  const record = text === undefined ? null : parseDmarcRecord(text)
  if (record === null || record.standing === 'ignored') return broken(`${shown(text ?? texts.join(' | '))}: receivers cannot read it`, replace(wanted))
  return worst([pass(ID, expected, shown(record.text)), ...doubtsOf(subject, record, expected), ...(await checkReports(subject, record, expected, ask))])
}

/** What a sound record could say better, each with the record that would. deliverability §6.4. */
function doubtsOf(subject: Subject, record: DmarcRecord, expected: string): readonly Finding[] {
  const wanted = dmarcRecord(subject)
  const found: Finding[] = []
  const doubt = (what: string, better: WantedRecord = mended(wanted, record)): void => {
    found.push(warn(ID, { expected, found: what, advice: replace(better), records: [better] }))
  }
  if (record.standing === 'as-none') doubt('one of its policies is no policy: it counts as p=none', wanted)
  else if (record.policy === 'none') doubt('p=none: mail in your name that is not yours arrives all the same')
  if (record.testing) doubt('t=y: the policy is applied one step milder')
  const removed = ['pct', 'rf', 'ri'].filter((tag) => new RegExp(`(?:^|;)\\s*${tag}\\s*=`, 'i').test(record.text))
  if (removed.length > 0) doubt(`${removed.join(', ')}: RFC 9989 has removed it, and receivers ignore it`)
  if (record.subdomains !== null && isWeaker(record.subdomains, record.policy)) doubt(`sp=${record.subdomains} is weaker than p=${record.policy}: a subdomain can be forged`)
  if (record.nonexistent === null) doubt('no np: names below the domain that do not exist fall under sp or p')
  if (record.aggregateTo.length === 0) doubt('no rua: nobody tells you who sends in your name')
  return found
}

const STRENGTH = { none: 0, quarantine: 1, reject: 2 } as const

function isWeaker(one: DmarcRecord['policy'], other: DmarcRecord['policy']): boolean {
  return STRENGTH[one] < STRENGTH[other]
}

/** The record as it is, with what we would change: whoever has chosen p=reject, an address or an alignment keeps it. */
function mended(wanted: WantedRecord, { policy, subdomains, nonexistent, aggregateTo, failureTo, dkim, spf, text }: DmarcRecord): WantedRecord {
  const p = policy === 'none' ? 'quarantine' : policy
  const sp = subdomains === null || isWeaker(subdomains, p) ? p : subdomains
  const ours = /rua=mailto:([^";]+)/.exec(wanted.value)?.[1] ?? ''
  const rua = aggregateTo.length === 0 ? [ours] : aggregateTo.map(({ address }) => encodeURI(address))
  const ruf = failureTo.map(({ address }) => encodeURI(address))
  const kept = [dkim === 'strict' ? 'adkim=s' : '', spf === 'strict' ? 'aspf=s' : '', ruf.length > 0 ? `ruf=mailto:${ruf.join(',mailto:')}` : '', /psd\s*=\s*n/i.test(text) ? 'psd=n' : ''].filter((tag) => tag !== '')
  return { ...wanted, value: quotedText(['v=DMARC1', `p=${p}`, `sp=${sp}`, `np=${nonexistent ?? 'reject'}`, `rua=mailto:${rua.join(',mailto:')}`, ...kept].join('; ')) }
}

/** RFC 9990 §4: who gets reports of another organization's domain must say that he wants them. */
async function checkReports({ name }: Subject, { aggregateTo }: DmarcRecord, expected: string, ask: Questions): Promise<readonly Finding[]> {
  const others = new Set(aggregateTo.slice(0, MAX_REPORT_URIS).map(({ domain }) => domain as string).filter((domain) => domain !== name && !name.endsWith(`.${domain}`) && !domain.endsWith(`.${name}`)))
  const found = await Promise.all(Array.from(others, async (domain): Promise<Finding | null> => {
    const at = `${name}._report._dmarc.${domain}`
    const answer = await ask.txt(at)
    if (answer.kind === 'failed') return unknown(ID, expected, answer)
    if (answer.kind === 'found' && answer.records.some((text) => isDmarcRecord(text))) return null
    const record: WantedRecord = { purpose: 'dmarc', name: at, type: 'TXT', value: quotedText('v=DMARC1;'), need: 'must', zone: 'host', remark: null }
    const line = zoneLine(record)
    const advice: Advice = {
      en: `Have ${domain} publish that it takes reports on ${name}: ${line} Or name another address in rua.`,
      id: `Minta ${domain} menerbitkan bahwa ia menerima laporan tentang ${name}: ${line} Atau sebutkan alamat lain di rua.`,
    }
    return fail(ID, { expected, found: `${domain} has not agreed to get reports on ${name}: receivers send none`, advice, records: [record] })
  }))
  return found.filter((finding) => finding !== null)
}

function publish(record: WantedRecord): Advice {
  const line = zoneLine(record)
  return {
    en: `Publish: ${line} While others still send in your name, begin with p=none and read the reports for two weeks.`,
    id: `Terbitkan: ${line} Bila masih ada pihak lain yang mengirim atas nama Anda, mulailah dengan p=none dan baca laporannya selama dua minggu.`,
  }
}

function replace(record: WantedRecord): Advice {
  const line = zoneLine(record)
  return { en: `Replace the TXT record at ${record.name} by: ${line}`, id: `Ganti record TXT di ${record.name} dengan: ${line}` }
}
