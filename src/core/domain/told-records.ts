import type { z } from '@hono/zod-openapi'
import type { toldRecordShape } from './shape.ts'
import type { WantedRecord } from './wanted-records.ts'

/** A record in few words, as clients of Resend show it. */
export type ToldRecord = z.infer<typeof toldRecordShape>

const NAMES: Readonly<Partial<Record<WantedRecord['purpose'], ToldRecord['record']>>> = { mx: 'Receiving', spf: 'SPF', dkim: 'DKIM', dmarc: 'DMARC' }

/** Of all that a domain should publish that without which mail of it suffers: who receives it, who may send it, its keys and its policy. Pure. */
export function toldRecords(records: readonly WantedRecord[]): readonly ToldRecord[] {
  return records.flatMap(({ purpose, name, type, value, zone }): ToldRecord[] => {
    const record = NAMES[purpose]
    if (record === undefined || zone !== 'domain' || (type !== 'MX' && type !== 'TXT')) return []
    return [{ record, name, ttl: 'Auto', status: 'not_started', ...dataOf(type, value) }]
  })
}

/** The record that proves a claim. */
export function toldProof({ name, value }: { readonly name: string; readonly value: string }, state: 'pending' | 'failed'): ToldRecord {
  return { record: 'Ownership', name, type: 'TXT', ttl: 'Auto', status: state, value }
}

/** RFC 1035 §3.3.9 and §5.1: a preference and a name; text in quotes, which forms want without. */
function dataOf(type: 'MX' | 'TXT', value: string): Pick<ToldRecord, 'type' | 'value' | 'priority'> {
  const [, priority = '10', host = ''] = /^(\d+) (\S+?)\.?$/.exec(value) ?? []
  if (type === 'MX') return { type, value: host, priority: Number(priority) }
  return { type, value: [...value.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replace(/\\(.)/g, '$1')).join('') || value }
}
