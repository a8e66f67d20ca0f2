import { type Element, elementsOf, oidOf, TAG } from './der.ts'
import { MAX_SUBTREES } from './limits.ts'

/** What a certificate says of those that it issues, as far as Node does not tell. RFC 5280 §4.2. */
export interface Constraints {
  /** How many more issuers may stand between it and a server; null for any number. §4.2.1.9. */
  readonly pathLength: number | null
  /** Names that servers below it may and may not have. §4.2.1.10. */
  readonly permitted: readonly Subtree[]
  readonly excluded: readonly Subtree[]
  /** It has a critical extension that we do not know: then it must not be relied on. §4.2. */
  readonly hasUnknown: boolean
}

/** A part of all names. `dns`: a domain and what is below it; `other`: names of another kind, by their tag in GeneralName. */
export type Subtree = { readonly kind: 'dns'; readonly base: string } | { readonly kind: 'other'; readonly tag: number }

const NONE: Constraints = { pathLength: null, permitted: [], excluded: [], hasUnknown: false }

/** 2.5.29.n as octets. */
const ID = { basicConstraints: '551d13', nameConstraints: '551d1e' } as const
/** Key usage, alternative names (subject, issuer), policies, their mappings and constraints, extended key usage: OpenSSL and Node see to them, or they say nothing of names. */
const KNOWN: ReadonlySet<string> = new Set([ID.basicConstraints, ID.nameConstraints, '551d0f', '551d11', '551d12', '551d20', '551d21', '551d24', '551d25', '551d36'])

/** Reads what a certificate (DER) constrains; null when it cannot be read. Never throws. */
export function constraintsOf(der: Uint8Array): Constraints | null {
  const extensions = extensionsOf(der)
  if (extensions === null) return null
  let found = NONE
  for (const { id, critical, value } of extensions) {
    if (id === ID.basicConstraints) {
      const pathLength = pathLengthOf(der, value)
      if (pathLength === 'broken') return null
      found = { ...found, pathLength }
    } else if (id === ID.nameConstraints) {
      const names = nameConstraintsOf(der, value)
      if (names === null) return null
      found = { ...found, ...names }
    } else if (critical && !KNOWN.has(id)) found = { ...found, hasUnknown: true }
  }
  return found
}

interface Extension {
  readonly id: string
  readonly critical: boolean
  /** The content of its OCTET STRING. */
  readonly value: Element
}

/** Certificate, tbsCertificate, [3], Extensions: RFC 5280 §4.1. */
function extensionsOf(der: Uint8Array): readonly Extension[] | null {
  const tbs = within(der, only(der, 0, der.length))?.[0]
  const fields = within(der, tbs ?? null)
  if (fields === null) return null
  const wrapper = fields.find(({ tag }) => tag === TAG.context(3))
  if (wrapper === undefined) return []
  const all = within(der, only(der, wrapper.start, wrapper.end))
  const read = all?.map((each) => extensionOf(der, each))
  return read === undefined || read.includes(null) ? null : (read as readonly Extension[])
}

function extensionOf(der: Uint8Array, element: Element): Extension | null {
  const parts = within(der, element)
  const [id] = parts ?? []
  const value = parts?.at(-1)
  if (parts === null || id?.tag !== TAG.oid || value?.tag !== TAG.octets) return null
  const flag = parts.length === 3 ? parts[1] : undefined
  return { id: oidOf(der, id), critical: flag?.tag === TAG.boolean && der[flag.start] !== 0, value }
}

/** BasicConstraints ::= SEQUENCE { cA BOOLEAN, pathLenConstraint INTEGER OPTIONAL }. */
function pathLengthOf(der: Uint8Array, value: Element): number | null | 'broken' {
  const parts = within(der, only(der, value.start, value.end))
  if (parts === null) return 'broken'
  const number = parts.find(({ tag }) => tag === TAG.integer)
  if (number === undefined) return null
  const size = number.end - number.start
  const first = der[number.start] ?? 0x80
  // One octet is enough for every chain that we look at; more than that is no limit.
  if (size === 0 || first >= 0x80) return 'broken'
  return size > 1 ? null : first
}

/** NameConstraints ::= SEQUENCE { permittedSubtrees [0], excludedSubtrees [1] }. */
function nameConstraintsOf(der: Uint8Array, value: Element): Pick<Constraints, 'permitted' | 'excluded'> | null {
  const parts = within(der, only(der, value.start, value.end))
  if (parts === null) return null
  const subtrees = (tag: number): readonly Subtree[] | null => {
    const list = parts.find((part) => part.tag === TAG.context(tag))
    return list === undefined ? [] : subtreesOf(der, list)
  }
  const [permitted, excluded] = [subtrees(0), subtrees(1)]
  return permitted === null || excluded === null ? null : { permitted, excluded }
}

/** GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0], maximum [1] }: the last two are not used (§4.2.1.10). */
function subtreesOf(der: Uint8Array, list: Element): readonly Subtree[] | null {
  const elements = elementsOf(der, list.start, list.end)
  if (elements === null || elements.length > MAX_SUBTREES) return null
  const found: Subtree[] = []
  for (const element of elements) {
    const base = within(der, element)?.[0]
    if (base === undefined) return null
    const tag = base.tag & 0x1f
    if (tag === 2) found.push({ kind: 'dns', base: Buffer.from(der.subarray(base.start, base.end)).toString('latin1').toLowerCase() })
    else found.push({ kind: 'other', tag })
  }
  return found
}

function within(der: Uint8Array, element: Element | null): readonly Element[] | null {
  return element?.tag === TAG.sequence ? elementsOf(der, element.start, element.end) : null
}

/** The one element of a range; null when there is none, or another one behind it. */
function only(der: Uint8Array, start: number, end: number): Element | null {
  const elements = elementsOf(der, start, end)
  return elements?.length === 1 ? (elements[0] ?? null) : null
}
