import { AUTHENTIC_DATA, CHECKING_DISABLED, decode, encode, RECURSION_AVAILABLE, RECURSION_DESIRED, TRUNCATED_RESPONSE } from 'dns-packet'
import type { Answer, OptAnswer, Question } from 'dns-packet'
import { entryAt, recordsOf, soaOf, zone, zoneOf } from './zone.ts'
import type { Zone, ZoneType } from './zone.ts'

/** A question as it arrived. */
export interface Asked {
  readonly id: number
  /** In the case it was asked in. */
  readonly name: string
  /** Lower-case. */
  readonly key: string
  readonly type: string
  readonly over: 'udp' | 'tcp'
  /** Where it came from. */
  readonly port: number
  readonly dnssecOk: boolean
  readonly wantsAd: boolean
  /** CD: it wants records whose signatures are wrong. */
  readonly unchecked: boolean
  /** Bytes of UDP the asker takes; null when it did not speak EDNS. */
  readonly ednsBytes: number | null
}

/** What is said in return, before it is written down. */
export interface Reply {
  readonly id: number
  readonly questions: readonly Question[]
  readonly rcode: number
  readonly authentic: boolean
  readonly truncated: boolean
  /** RA: off for a server that does not look further. */
  readonly recursive: boolean
  readonly answers: readonly Answer[]
  readonly authorities: readonly Answer[]
  readonly edns: boolean
}

const ROOT = zone('', {})
const NXDOMAIN = 3
const SERVFAIL = 2

/** Reads a question. Null when it is none. */
export function readAsked(bytes: Buffer, over: 'udp' | 'tcp', port: number): Asked | null {
  const { id, flags, questions, additionals, type } = decode(bytes)
  const [question] = questions ?? []
  if (question === undefined || id === undefined || type !== 'query') return null
  const opt = additionals?.find((record): record is OptAnswer => record.type === 'OPT')
  return {
    id,
    name: question.name,
    key: question.name.toLowerCase(),
    type: question.type,
    over,
    port,
    dnssecOk: opt?.flag_do === true,
    wantsAd: ((flags ?? 0) & AUTHENTIC_DATA) !== 0,
    unchecked: ((flags ?? 0) & CHECKING_DISABLED) !== 0,
    ednsBytes: opt?.udpPayloadSize ?? null,
  }
}

/** The honest answer, as a validating recursive resolver would give it that knows these zones and that nothing else exists. */
export function respond(zones: readonly Zone[], asked: Asked): Reply {
  const answers: Answer[] = []
  const empty: Reply = {
    id: asked.id, questions: [{ name: asked.name, type: asked.type as ZoneType }], rcode: 0, authentic: false, truncated: false,
    recursive: true, answers, authorities: [], edns: asked.ednsBytes !== null,
  }
  let signed = true
  let owner = asked.name
  const seen = new Set<string>()
  for (;;) {
    const name = owner.toLowerCase()
    const holder = zoneOf(zones, name) ?? ROOT
    if (holder.options.bogus === true && !asked.unchecked) return { ...empty, rcode: SERVFAIL, answers: [] }
    signed &&= holder.options.signed === true
    const authentic = signed && (asked.dnssecOk || asked.wantsAd)
    const entry = entryAt(holder, name)
    if (entry === null) return { ...empty, rcode: NXDOMAIN, authentic, authorities: [soaOf(holder)] }
    const records = recordsOf(holder, entry, owner, asked.type as ZoneType)
    const alias = entry.CNAME === undefined ? [] : recordsOf(holder, entry, owner, 'CNAME')
    answers.push(...(records.length > 0 ? records : alias))
    if (records.length > 0) return { ...empty, authentic }
    const [next] = alias
    if (next?.type !== 'CNAME') return { ...empty, authentic, authorities: [soaOf(holder)] }
    if (seen.has(next.data)) return { ...empty, authentic } // A circle: it gives what it has.
    seen.add(next.data)
    owner = next.data
  }
}

/** Writes a reply for the wire. Over UDP what is longer than the asker takes becomes TC with nothing in it. */
export function writeReply(reply: Reply, asked: Asked): Buffer {
  const bytes = encodeReply(reply)
  const room = asked.over === 'tcp' ? 65_535 : (asked.ednsBytes ?? 512)
  return bytes.length <= room ? bytes : encodeReply({ ...reply, truncated: true, answers: [], authorities: [] })
}

/** Writes a reply, however long. */
export function encodeReply({ id, questions, rcode, authentic, truncated, recursive, answers, authorities, edns }: Reply): Buffer {
  const bits = [recursive ? RECURSION_AVAILABLE : 0, authentic ? AUTHENTIC_DATA : 0, truncated ? TRUNCATED_RESPONSE : 0]
  const flags = bits.reduce((sum, bit) => sum | bit, rcode | RECURSION_DESIRED)
  const opt: Answer = {
    type: 'OPT', name: '.', udpPayloadSize: 1232, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [],
  }
  const sections = { questions: [...questions], answers: [...answers], authorities: [...authorities], additionals: edns ? [opt] : [] }
  return encode({ type: 'response', id, flags, ...sections })
}
