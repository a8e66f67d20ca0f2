import { bimiRecord, type Subject } from '../wanted-records.ts'
import { zoneLine } from '../zone-file.ts'
import { fail, type Finding, pass, shown, unknown, warn } from './finding.ts'
import type { Questions } from './questions.ts'

const ID = 'bimi'

/** Whether a BIMI record, where there is one, can be used: nobody needs a logo, and a broken record is worse than none. */
export async function checkBimi(subject: Subject, ask: Questions): Promise<Finding> {
  const record = bimiRecord(subject)
  const expected = `a sound record at ${record.name}, or none`
  const answer = await ask.txt(record.name)
  if (answer.kind === 'failed') return unknown(ID, expected, answer)
  const texts = answer.kind === 'found' ? answer.records.filter((text) => /^v\s*=\s*BIMI1\b/i.test(text)) : []
  const [text] = texts
  if (text === undefined) return pass(ID, expected, 'none: no logo is shown, and none is needed')
  const tags = new Map(text.split(';').map((tag) => [tag.slice(0, Math.max(0, tag.indexOf('='))).trim().toLowerCase(), tag.slice(tag.indexOf('=') + 1).trim()] as const))
  const logo = tags.get('l')
  const certificate = tags.get('a') ?? ''
  const found = texts.length > 1 ? `${texts.length} records` : shown(text)
  if (texts.length === 1 && logo === '' && certificate === '') return pass(ID, expected, 'it declines: no logo is shown')
  const line = zoneLine(record)
  const advice = { en: `Replace the TXT record at ${record.name} by one of this form: ${line}`, id: `Ganti record TXT di ${record.name} dengan bentuk ini: ${line}` }
  const isSound = texts.length === 1 && logo !== undefined && /^https:\/\/[^\s,]+\.svg$/i.test(logo) && (certificate === '' || /^https:\/\/\S+$/.test(certificate))
  if (!isSound) return fail(ID, { expected, found, advice, records: [record] })
  if (certificate === '') return warn(ID, { expected, found: `${found}: without a certificate (a=) the largest providers show no logo`, advice, records: [record] })
  return pass(ID, expected, found)
}
