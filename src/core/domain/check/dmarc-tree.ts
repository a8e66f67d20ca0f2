import { organizationOf, TreeWalks } from '../../../proto/dmarc/walk.ts'
import { dmarcRecord, type Subject } from '../wanted-records.ts'
import { zoneLine } from '../zone-file.ts'
import { type Advice, fail, type Finding, pass, unknown, warn } from './finding.ts'
import type { Questions } from './questions.ts'

const ID = 'dmarc-tree'

/** Which organization receivers take the domain for: they walk up the names, and a record in between can change what aligns with what. RFC 9989 §4.10. */
export async function checkDmarcTree(subject: Subject, ask: Questions): Promise<Finding> {
  const { name } = subject
  const expected = `receivers find the organization of ${name} by their walk`
  const walk = await new TreeWalks((each) => ask.txt(each), ask.signal).walk(name)
  if (walk.failedAt !== null) return unknown(ID, expected, { detail: `the records at _dmarc.${walk.failedAt} could not be learned` })
  const record = dmarcRecord(subject)
  const own = walk.found.find(({ domain }) => domain === name)
  if (own?.record.psd === 'y') {
    const line = zoneLine(record)
    const advice: Advice = {
      en: `Take psd=y out of the TXT record at _dmarc.${name}: it says that strangers register names below it. For example: ${line}`,
      id: `Hapus psd=y dari record TXT di _dmarc.${name}: artinya nama di bawahnya didaftarkan pihak lain. Contoh: ${line}`,
    }
    return fail(ID, { expected, found: `psd=y at ${name}: nothing below it or above it aligns with it`, advice, records: [record] })
  }
  const organization = organizationOf(walk)
  const between = walk.found.map(({ domain }) => domain).filter((domain) => domain !== name && domain !== organization && domain.endsWith(`.${organization}`))
  const [at] = between
  if (at === undefined) return pass(ID, expected, organization === name ? `${name} is its own organization` : `${name} belongs to ${organization}`)
  const advice: Advice = {
    en: `Remove the TXT record at _dmarc.${at}, or keep it and publish one at _dmarc.${name}: ${zoneLine(record)}. It stands between ${name} and ${organization}, and its policy is not what receivers use for ${name}.`,
    id: `Hapus record TXT di _dmarc.${at}, atau biarkan dan terbitkan satu di _dmarc.${name}: ${zoneLine(record)}. Record itu berada di antara ${name} dan ${organization}, dan kebijakannya tidak dipakai penerima untuk ${name}.`,
  }
  return warn(ID, { expected, found: `records at ${between.map((domain) => `_dmarc.${domain}`).join(', ')}, in between`, advice, records: [record] })
}
