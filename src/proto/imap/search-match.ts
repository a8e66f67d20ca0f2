import { unreachable } from '../../base/unreachable.ts'
import { dayOf, parseDate } from '../mail/date.ts'
import type { ListedAddress } from '../mail/display-address.ts'
import { decodeWords } from '../mail/encoded-word.ts'
import { foldText } from '../mail/fold-text.ts'
import type { Envelope } from '../mail/part.ts'
import type { Columns, Row } from './backend.ts'
import { hasKeyword } from './flags.ts'
import type { EnvelopeField, SearchKey } from './search-key.ts'
import type { SearchText } from './search-text.ts'
import { pickSeqs, pickUids, type UidMap } from './uid-map.ts'
import type { UidRange } from './uid-set.ts'

/** A search key whose sets have been turned into UIDs and whose time is fixed. */
export type ReadyKey =
  | Exclude<SearchKey, { key: 'set' | 'not' | 'and' | 'or' | 'younger' | 'older' }>
  | { readonly key: 'uids'; readonly uids: readonly UidRange[] }
  | { readonly key: 'not'; readonly of: ReadyKey }
  | { readonly key: 'and' | 'or'; readonly of: readonly ReadyKey[] }

/** What keys are made ready with. */
export interface Setting {
  readonly map: UidMap
  readonly saved: readonly UidRange[]
  readonly nowMs: number
}

/** Makes a key ready for one mailbox at one moment; null when it names a message number that is not there. Cheap conditions come first. */
export function ready(key: SearchKey, setting: Setting): ReadyKey | null {
  switch (key.key) {
    case 'set': {
      const uids = (key.numbers === 'uid' ? pickUids : pickSeqs)(setting.map, key.set, setting.saved)
      return uids === null ? null : { key: 'uids', uids }
    }
    case 'younger':
      return { key: 'received', from: setting.nowMs - key.seconds * 1000, before: Infinity }
    case 'older':
      return { key: 'received', from: -Infinity, before: setting.nowMs - key.seconds * 1000 }
    case 'not': {
      const of = ready(key.of, setting)
      return of === null ? null : { key: 'not', of }
    }
    case 'and':
    case 'or': {
      const of: ReadyKey[] = []
      for (const own of key.of) {
        const made = ready(own, setting)
        if (made === null) return null
        of.push(made)
      }
      return { key: key.key, of: of.sort((a, b) => costOf(a) - costOf(b)) }
    }
    default:
      return key
  }
}

const COLUMNS: readonly Columns[] = ['flags', 'email', 'index']

/** The columns that deciding a key can need. */
export function columnsOf(key: ReadyKey): Columns {
  return COLUMNS[Math.min(costOf(key), 2)] ?? 'index'
}

/** What a key needs: 0 flags, 1 the email, 2 its index, 3 its bytes. */
export function costOf(key: ReadyKey): number {
  switch (key.key) {
    case 'all':
    case 'none':
    case 'uids':
    case 'flag':
    case 'keyword':
    case 'modseq':
      return 0
    case 'larger':
    case 'smaller':
    case 'received':
    case 'saved':
    case 'emailid':
    case 'threadid':
      return 1
    case 'sent':
    case 'envelope':
      return 2
    case 'header':
    case 'body':
    case 'text':
      return 3
    case 'not':
      return costOf(key.of)
    case 'and':
    case 'or':
      return Math.max(0, ...key.of.map(costOf))
    default:
      return unreachable(key)
  }
}

/** Decides a key from the row alone; null when the bytes of the message must be looked at. */
export function quick(key: ReadyKey, row: Row): boolean | null {
  switch (key.key) {
    case 'all':
      return true
    case 'none':
      return false
    case 'uids':
      return holds(key.uids, row.uid)
    case 'flag':
      return (row.flags & key.bit) === key.want
    case 'keyword':
      return hasKeyword(row.keywords, key.name)
    case 'modseq':
      return row.modseq >= key.from
    case 'larger':
      return (row.email?.size ?? 0) > key.size
    case 'smaller':
      return (row.email?.size ?? 0) < key.size
    case 'received':
      return isWithin(row.email?.receivedMs ?? 0, key)
    case 'saved':
      return isWithin(row.email?.savedMs ?? 0, key)
    case 'sent':
      return isWithin(sentDay(row.index?.envelope ?? null), key)
    case 'emailid':
      return row.email?.emailId === key.id
    case 'threadid':
      return row.email?.threadId === key.id
    case 'envelope':
      return row.index !== null && envelopeText(row.index.envelope, key.field)?.includes(key.text) === true
    case 'header':
    case 'body':
    case 'text':
      return null
    case 'not': {
      const of = quick(key.of, row)
      return of === null ? null : !of
    }
    case 'and':
      return quickAll(key.of, row, false)
    case 'or':
      return quickAll(key.of, row, true)
    default:
      return unreachable(key)
  }
}

/** Decides a key with the bytes of the message at hand. */
export async function slow(key: ReadyKey, row: Row, text: SearchText): Promise<boolean> {
  const known = quick(key, row)
  if (known !== null) return known
  switch (key.key) {
    case 'header':
      return await text.headerHas(key.name, key.text)
    case 'body':
      return await text.bodyHas(key.text)
    case 'text':
      return (await text.wholeHeaderHas(key.text)) || (await text.bodyHas(key.text))
    case 'not':
      return !(await slow(key.of, row, text))
    case 'and':
      for (const own of key.of) if (!(await slow(own, row, text))) return false
      return true
    case 'or':
      for (const own of key.of) if (await slow(own, row, text)) return true
      return false
    default:
      throw new Error(`the key ${key.key} is decided by the row`)
  }
}

/** `decides` is the value of one part that settles the whole. */
function quickAll(keys: readonly ReadyKey[], row: Row, decides: boolean): boolean | null {
  let known: boolean | null = !decides
  for (const key of keys) {
    const one = quick(key, row)
    if (one === decides) return decides
    if (one === null) known = null
  }
  return known
}

function holds(ranges: readonly UidRange[], uid: number): boolean {
  let low = 0
  for (let high = ranges.length; low < high; ) {
    const middle = (low + high) >> 1
    if ((ranges[middle]?.last ?? 0) < uid) low = middle + 1
    else high = middle
  }
  return (ranges[low]?.first ?? Infinity) <= uid
}

function isWithin(ms: number, { from, before }: { readonly from: number; readonly before: number }): boolean {
  return ms >= from && ms < before
}

/** RFC 9051 §6.4.4: the date that the header shows, its zone disregarded. A message without one matches no such key. */
function sentDay(envelope: Envelope | null): number {
  const date = envelope === null || envelope.date === null ? null : parseDate(envelope.date)
  return date === null ? Number.NaN : dayOf(date)
}

function envelopeText(envelope: Envelope, field: EnvelopeField): string | null {
  if (field === 'subject') return envelope.subject === null ? null : foldText(decodeWords(envelope.subject))
  const list = envelope[field]
  return list === null ? null : foldText(list.map(addressText).join(', '))
}

function addressText({ name, mailbox, host }: ListedAddress): string {
  const address = host === null ? (mailbox ?? '') : `${mailbox ?? ''}@${host}`
  return name === null ? address : `${decodeWords(name)} <${address}>`
}
