import { remembered } from '../../base/remembered.ts'
import { MAX_KNOWN_RECORDS } from './limits.ts'
import { failureText, type Questions } from './questions.ts'
import { isSpf, parseRecord, type RecordFault, type SpfRecord } from './record.ts'

/** What a domain publishes. RFC 7208 §4.4, §4.5. */
export type Published =
  | { readonly kind: 'record'; readonly text: string; readonly record: SpfRecord }
  | { readonly kind: 'none' }
  | { readonly kind: 'several'; readonly texts: readonly string[] }
  | { readonly kind: 'broken'; readonly text: string; readonly fault: RecordFault }
  | { readonly kind: 'unknown'; readonly problem: string }

/** Looks up the record of a domain. Text records that are not SPF are nobody's business. */
export async function publishedBy(questions: Questions, domain: string): Promise<Published> {
  const answer = await questions.txt(domain)
  if (answer.kind === 'failed') return { kind: 'unknown', problem: failureText(domain, answer) }
  const texts = answer.kind === 'found' ? answer.records.filter(isSpf) : []
  const [text, another] = texts
  if (text === undefined) return { kind: 'none' }
  if (another !== undefined) return { kind: 'several', texts }
  const parsed = knownRecord(text)
  return parsed.ok ? { kind: 'record', text, record: parsed.value } : { kind: 'broken', text, fault: parsed.error }
}

/** The same few senders come again and again. */
const knownRecord = remembered(MAX_KNOWN_RECORDS, parseRecord)
