import { tlsRptRecord, type Subject } from '../wanted-records.ts'
import { zoneLine } from '../zone-file.ts'
import { fail, type Finding, pass, shown, unknown, warn } from './finding.ts'
import type { Questions } from './questions.ts'

const ID = 'tls-rpt'

/** Whether senders know where to report how TLS with us went. RFC 8460 §3. */
export async function checkTlsRpt(subject: Subject, ask: Questions): Promise<Finding> {
  const record = tlsRptRecord(subject)
  const expected = `one record v=TLSRPTv1 at ${record.name}`
  const answer = await ask.txt(record.name)
  if (answer.kind === 'failed') return unknown(ID, expected, answer)
  const line = zoneLine(record)
  // RFC 8460 §3: what begins otherwise is left out, and then exactly one must be left.
  const texts = answer.kind === 'found' ? answer.records.filter((text) => /^v=TLSRPT/i.test(text)) : []
  const [text] = texts
  if (text === undefined) return warn(ID, { expected, found: 'no record: nobody tells you when senders cannot use TLS', advice: { en: `Publish: ${line}`, id: `Terbitkan: ${line}` }, records: [record] })
  const found = texts.length > 1 ? `${texts.length} records` : shown(text)
  if (texts.length === 1 && isSound(text)) return pass(ID, expected, found)
  const advice = { en: `Replace the TXT record at ${record.name} by: ${line}`, id: `Ganti record TXT di ${record.name} dengan: ${line}` }
  return fail(ID, { expected, found: `${found}: senders ignore it`, advice, records: [record] })
}

/** RFC 8460 §3: the version, and places of which each is `mailto:` or `https:`. */
function isSound(text: string): boolean {
  const [version, ...fields] = text.split(';').map((field) => field.trim())
  const rua = fields.find((field) => /^rua\s*=/.test(field))
  const places = rua?.slice(rua.indexOf('=') + 1).split(',').map((place) => place.trim())
  return version === 'v=TLSRPTv1' && places !== undefined && places.every((place) => /^mailto:[^@\s]+@[^@\s]+$/.test(place) || /^https:\/\/[^/\s]+/.test(place))
}
