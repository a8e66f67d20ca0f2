import type { Answer, Caa } from '../../../base/dns.ts'
import type { Subject, WantedRecord } from '../wanted-records.ts'
import { zoneLine } from '../zone-file.ts'
import { type Advice, fail, type Finding, pass, shown, unknown, warn } from './finding.ts'
import type { Questions } from './questions.ts'

const ID = 'caa'

/** Labels of a name that are climbed: what a name may have at most. */
const MAX_CLIMB = 20

/**
 * Whether CAA records let our authority issue certificates for the names of the domain that mail programs and senders ask for: those of
 * `mta-sts`, `autoconfig` and `autodiscover` fall under the domain. RFC 8659 §3.
 */
export async function checkCaa({ name, house: { authority } }: Subject, ask: Questions): Promise<Finding> {
  const expected = authority === null ? 'some authority may issue certificates' : `${authority} may issue certificates`
  const { at, answer } = await climb(name, ask)
  if (answer.kind === 'failed') return unknown(ID, expected, answer)
  if (answer.kind === 'none') return pass(ID, expected, 'no CAA record: every authority may')
  const strange = answer.records.find(({ critical, tag }) => critical && !KNOWN.has(tag))
  const issuers = answer.records.filter(({ tag }) => tag === 'issue').map(({ value }) => (value.split(';')[0] ?? '').trim().toLowerCase())
  const found = `CAA of ${at}: ${shown(answer.records.map(({ tag, value }) => `${tag} "${value}"`).join(', '))}`
  if (strange !== undefined) {
    const advice: Advice = { en: `Remove the critical CAA record "${shown(strange.tag)}" of ${at}: no authority may issue while it is there.`, id: `Hapus record CAA kritis "${shown(strange.tag)}" di ${at}: selama ada, tidak ada otoritas yang boleh menerbitkan.` }
    return fail(ID, { expected, found, advice })
  }
  if (issuers.length === 0 || (authority !== null && issuers.includes(authority))) return pass(ID, expected, found)
  const named = issuers.filter((issuer) => issuer !== '')
  if (authority === null) {
    if (named.length > 0) return pass(ID, expected, found)
    const advice: Advice = { en: `Replace the CAA record 0 issue ";" of ${at} by one that names the authority of your certificates: no authority may issue any.`, id: `Ganti record CAA 0 issue ";" di ${at} dengan yang menyebut otoritas sertifikat Anda: saat ini tidak ada otoritas yang boleh menerbitkan.` }
    return warn(ID, { expected, found, advice })
  }
  const record: WantedRecord = { purpose: 'caa', name: at, type: 'CAA', value: `0 issue "${authority}"`, need: 'must', zone: 'domain', remark: null }
  const line = zoneLine(record)
  return fail(ID, { expected, found, advice: { en: `Add to the CAA records of ${at}: ${line}`, id: `Tambahkan pada record CAA ${at}: ${line}` }, records: [record] })
}

const KNOWN: ReadonlySet<string> = new Set(['issue', 'issuewild', 'iodef', 'issuemail', 'contactemail', 'contactphone'])

/** RFC 8659 §3: the closest name above that has CAA records counts. */
async function climb(name: string, ask: Questions): Promise<{ readonly at: string; readonly answer: Answer<Caa> }> {
  let at = name
  for (let step = 0; step < MAX_CLIMB; step++) {
    const answer = await ask.caa(at)
    const dot = at.indexOf('.')
    if (answer.kind !== 'none' || dot === -1) return { at, answer }
    at = at.slice(dot + 1)
  }
  return { at, answer: { kind: 'failed', why: 'overloaded', detail: `${name} has too many labels` } }
}
