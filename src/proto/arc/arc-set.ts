import type { Field } from '../mail/headers.ts'
import type { HeaderView } from '../dkim/message-pass.ts'
import { algorithmNamed, dnsName, numberOf, readSignatureTags, withoutValue } from '../dkim/signature.ts'
import type { Algorithm, SignatureTags } from '../dkim/signature.ts'
import { MAX_TIME_DIGITS } from '../dkim/limits.ts'
import { base64Of, parseTagList } from '../dkim/tag-list.ts'
import type { Tag } from '../dkim/tag-list.ts'
import { MAX_ARC_FIELD_BYTES, MAX_SETS } from './limits.ts'

/** What a hop said of the chain it found. RFC 8617 §4.1.3. */
export type ChainState = 'none' | 'pass' | 'fail'

/** An ARC-Seal, understood. RFC 8617 §4.1.3. */
export interface Seal {
  readonly algorithm: Algorithm
  readonly value: Uint8Array
  readonly chain: ChainState
  readonly domain: string
  readonly selector: string
  /** The field's value without that of `b=`. */
  readonly unsigned: string
}

/** The three fields of one hop. RFC 8617 §4.2. */
export interface ArcSet {
  readonly instance: number
  readonly results: Field
  /** What the hop found, the authserv-id first; Latin-1, as it stands behind `i=...;`. */
  readonly resultsText: string
  readonly messageField: Field
  readonly message: SignatureTags
  readonly sealField: Field
  readonly seal: Seal
}

/** Why the fields of a header are no chain. */
export type StructureFault =
  /** More sets than fifty. */
  | 'too-many'
  /** A set lacks a field or has one twice, or the numbers do not go up from 1. */
  | 'incomplete'
  /** A field that cannot be read, or that may not be as it is. */
  | 'results-syntax' | 'message-syntax' | 'seal-syntax'
  /** The first seal must say `none`, all others `pass`. */
  | 'chain-state'

/** What is written of a header's chain before anything is verified. */
export type Structure =
  | { readonly kind: 'none' }
  | { readonly kind: 'broken'; readonly fault: StructureFault; readonly instance: number | null }
  /** The last hop has found it broken already. RFC 8617 §5.2 (step 2). */
  | { readonly kind: 'closed'; readonly instance: number }
  /** From 1 up. */
  | { readonly kind: 'chain'; readonly sets: readonly ArcSet[] }

const NAMES = ['arc-authentication-results', 'arc-message-signature', 'arc-seal'] as const
type Name = (typeof NAMES)[number]
const RESULTS_INSTANCE = /^[ \t\r\n]*i[ \t\r\n]*=[ \t\r\n]*([0-9]{1,3})[ \t\r\n]*;/

/** Reads the ARC fields of a header. RFC 8617 §5.2 (steps 1 to 3). */
export function readChain(header: HeaderView): Structure {
  const fields = header.fields.filter((field) => isArc(field.name))
  if (fields.length === 0) return { kind: 'none' }
  // §5.2 (step 1): no more is read of a chain that is too long to be one.
  if (fields.length > NAMES.length * MAX_SETS) return broken('too-many', null)
  const byInstance = new Map<number, Map<string, Field>>()
  for (const field of fields) {
    const instance = instanceOf(textOf(header, field), field.name)
    if (instance === null) return broken(FAULT_OF[field.name as Name], null)
    const set = byInstance.get(instance) ?? new Map<string, Field>()
    if (set.has(field.name)) return broken('incomplete', instance)
    byInstance.set(instance, set.set(field.name, field))
  }
  const sets: ArcSet[] = []
  for (let instance = 1; instance <= byInstance.size; instance++) {
    const set = readSet(header, instance, byInstance.get(instance) ?? new Map<string, Field>())
    if (typeof set === 'string') return broken(set, instance)
    sets.push(set)
  }
  if (sets.at(-1)?.seal.chain === 'fail') return { kind: 'closed', instance: sets.length }
  const wrong = sets.find(({ seal, instance }) => seal.chain !== (instance === 1 ? 'none' : 'pass'))
  return wrong === undefined ? { kind: 'chain', sets } : broken('chain-state', wrong.instance)
}

/** The highest instance that any ARC field has; 0 for none. Who adds a set to a broken chain counts on from there. RFC 8617 §5.1. */
export function lastInstance(header: HeaderView): number {
  let last = 0
  for (const field of header.fields) if (isArc(field.name)) last = Math.max(last, instanceOf(textOf(header, field), field.name) ?? 0)
  return last
}

/** A field's value as it stands, folds included, Latin-1. */
export function textOf({ bytes }: HeaderView, field: Field): string {
  return bytes.toString('latin1', field.valueStart, Math.min(field.end, field.valueStart + MAX_ARC_FIELD_BYTES))
}

const FAULT_OF: Readonly<Record<Name, StructureFault>> = {
  'arc-authentication-results': 'results-syntax',
  'arc-message-signature': 'message-syntax',
  'arc-seal': 'seal-syntax',
}

function broken(fault: StructureFault, instance: number | null): Structure {
  return { kind: 'broken', fault, instance }
}

function isArc(name: string): name is Name {
  return name.startsWith('arc-') && NAMES.some((each) => each === name)
}

/** `i=`, from 1 to 50; null when it is not there. RFC 8617 §4.2.1. */
function instanceOf(text: string, name: string): number | null {
  const written = name === 'arc-authentication-results' ? RESULTS_INSTANCE.exec(text)?.[1] : tagsOf(text)?.get('i')?.value
  const instance = written !== undefined && /^[0-9]{1,3}$/.test(written) ? Number(written) : 0
  return instance >= 1 && instance <= MAX_SETS ? instance : null
}

function tagsOf(text: string): ReadonlyMap<string, Tag> | null {
  const tags = parseTagList(text)
  return tags.ok ? tags.value : null
}

function readSet(header: HeaderView, instance: number, set: ReadonlyMap<string, Field>): ArcSet | StructureFault {
  const [results, messageField, sealField] = NAMES.map((name) => set.get(name))
  if (results === undefined || messageField === undefined || sealField === undefined) return 'incomplete'
  const message = readMessageSignature(textOf(header, messageField))
  if (message === null) return 'message-syntax'
  const seal = readSeal(textOf(header, sealField))
  if (seal === null) return 'seal-syntax'
  const resultsText = textOf(header, results).replace(RESULTS_INSTANCE, '').trim()
  return { instance, results, resultsText, messageField, message, sealField, seal }
}

/** RFC 8617 §4.1.2: as a DKIM-Signature, with an instance for an identity, and without seals in it. Its words are matched with their case. */
function readMessageSignature(text: string): SignatureTags | null {
  const tags = tagsOf(text)
  const read = tags === null ? 'syntax' : readSignatureTags(text, tags, 'arc')
  if (typeof read === 'string' || tags?.get('a')?.value !== read.algorithm) return null
  return read.names.includes('arc-seal') ? null : read
}

/** RFC 8617 §4.1.3. `h=` makes a seal invalid: it covers what it covers. */
function readSeal(text: string): Seal | null {
  const tags = tagsOf(text)
  const b = tags?.get('b')
  if (tags === null || b === undefined || tags.has('h')) return null
  const named = tags.get('a')?.value ?? null
  const algorithm = algorithmNamed(named)
  const value = base64Of(b.value)
  const chain = tags.get('cv')?.value
  const domain = dnsName(tags.get('d'))
  const selector = dnsName(tags.get('s'))
  if (algorithm === 'sha1' || algorithm === 'algorithm' || algorithm !== named || value === null || domain === null || selector === null) return null
  if (chain !== 'none' && chain !== 'pass' && chain !== 'fail') return null
  if (numberOf(tags.get('t')?.value ?? null, MAX_TIME_DIGITS) === 'bad') return null
  return { algorithm, value, chain, domain, selector, unsigned: withoutValue(text, b) }
}
