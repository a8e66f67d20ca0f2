import { Buffer } from 'node:buffer'
import { encodePacket, type Packet } from './packet.ts'

/** What a filter may do to a message, as we let it: add, insert and change header fields, and ask for quarantine. Who sends, who receives and what was written stay. */
const ACTIONS = 0x01 | 0x10 | 0x20

/** Steps that a filter may ask to be spared, by their bits: SMFIP_NO* and SMFIP_NR_* of libmilter. */
export const STEPS = {
  connect: { unwanted: 0x1, silent: 0x1000 },
  helo: { unwanted: 0x2, silent: 0x2000 },
  mail: { unwanted: 0x4, silent: 0x4000 },
  rcpt: { unwanted: 0x8, silent: 0x8000 },
  data: { unwanted: 0x200, silent: 0x10000 },
  header: { unwanted: 0x20, silent: 0x80 },
  eoh: { unwanted: 0x40, silent: 0x40000 },
  body: { unwanted: 0x10, silent: 0x80000 },
} as const

/** A step of the conversation that a filter may decline, or take without answering. */
export type Step = keyof typeof STEPS

const SKIP = 0x400
const NO_UNKNOWN = 0x100
const LEADING_SPACE = 0x100000

const PROTOCOL = Object.values(STEPS).reduce((bits, { unwanted, silent }) => bits | unwanted | silent, SKIP | NO_UNKNOWN | LEADING_SPACE)

/** The version of libmilter that we speak; filters may be older. */
const VERSION = 6

/** What both sides have agreed on. */
export interface Agreed {
  readonly version: number
  /** Steps that the filter does not want to hear of. */
  readonly unwanted: ReadonlySet<Step>
  /** Steps that it takes without answering. */
  readonly silent: ReadonlySet<Step>
  /** Whether the space after the colon of a header field goes along: signatures need it. */
  readonly leadingSpace: boolean
}

/** Our offer: SMFIC_OPTNEG. */
export function offer(): Uint8Array {
  const data = Buffer.alloc(12)
  data.writeUInt32BE(VERSION, 0)
  data.writeUInt32BE(ACTIONS, 4)
  data.writeUInt32BE(PROTOCOL, 8)
  return encodePacket('O', data)
}

/**
 * What the filter made of our offer; null when it is no answer. Bits that we did not offer are left out: a filter that acts on them all the same does
 * so in vain. Lists of macros that it would like may follow; ours are always the same.
 */
export function agree({ letter, data }: Packet): Agreed | null {
  if (letter !== 'O' || data.length < 12) return null
  const view = new DataView(data.buffer, data.byteOffset)
  const version = view.getUint32(0)
  if (version < 2) return null
  const bits = view.getUint32(8) & PROTOCOL
  const steps = Object.keys(STEPS) as Step[]
  return {
    version: Math.min(version, VERSION),
    unwanted: new Set(steps.filter((step) => (bits & STEPS[step].unwanted) !== 0)),
    silent: new Set(steps.filter((step) => (bits & STEPS[step].silent) !== 0)),
    leadingSpace: (bits & LEADING_SPACE) !== 0,
  }
}
