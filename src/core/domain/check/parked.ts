import { isDmarcRecord, parseDmarcRecord } from '../../../proto/dmarc/record.ts'
import { parkedRecords, type Subject, type WantedRecord } from '../wanted-records.ts'
import { zoneLine } from '../zone-file.ts'
import { fail, type Finding, pass, shown, unknown, warn } from './finding.ts'
import type { Questions } from './questions.ts'

const ID = 'parked'

/**
 * Whether a domain without mail says so: null MX (RFC 7505), an SPF record that lets nobody send, a DMARC policy that refuses. One that says neither of the
 * last two is there for whoever wants to write in its name.
 */
export async function checkParked(subject: Subject, ask: Questions): Promise<Finding> {
  const { name } = subject
  const expected = 'null MX, v=spf1 -all, and p=reject'
  const [mx, texts, policies] = await Promise.all([ask.mx(name), ask.txt(name), ask.txt(`_dmarc.${name}`)])
  const silent = [mx, texts, policies].find((answer) => answer.kind === 'failed')
  if (silent?.kind === 'failed') return unknown(ID, expected, silent)
  const spf = texts.kind === 'found' ? texts.records.filter((text) => /^v=spf1(?: |$)/i.test(text)) : []
  const dmarc = policies.kind === 'found' ? policies.records.filter(isDmarcRecord) : []
  const holds: Readonly<Record<string, boolean>> = {
    mx: mx.kind === 'found' && mx.records.length === 1 && mx.records.every(({ exchange }) => exchange === '' || exchange === '.'),
    spf: spf.length === 1 && /^v=spf1 +-all *$/i.test(spf[0] ?? ''),
    dmarc: dmarc.length === 1 && parseDmarcRecord(dmarc[0] ?? '')?.policy === 'reject',
  }
  const records = parkedRecords(subject).filter(({ purpose }) => holds[purpose] === false)
  if (records.length === 0) return pass(ID, expected, 'it says that it has no mail')
  const found = [holds['mx'] === true ? null : 'no null MX', toldOf(spf, holds['spf'] === true, 'SPF'), toldOf(dmarc, holds['dmarc'] === true, 'DMARC')].filter((each) => each !== null).join('; ')
  return (holds['spf'] === false && holds['dmarc'] === false ? fail : warn)(ID, { expected, found, advice: publish(name, records), records })
}

function toldOf(texts: readonly string[], holds: boolean, what: string): string | null {
  if (holds) return null
  return texts.length === 0 ? `no ${what} record` : `${what}: ${shown(texts.join(' | '))}`
}

function publish(name: string, records: readonly WantedRecord[]): { readonly en: string; readonly id: string } {
  const lines = records.map(zoneLine).join('\n')
  return {
    en: `Publish these in place of what ${name} has of their kind, or receive for it: merpati domain resume ${name}\n${lines}`,
    id: `Terbitkan record ini sebagai ganti yang sejenis di ${name}, atau terima surel untuknya: merpati domain resume ${name}\n${lines}`,
  }
}
