import type { Constraints, Subtree } from './constraints.ts'

/** The names of a server's certificate, as Node lists them: `DNS:mx.example, IP Address:192.0.2.1`; undefined for none. */
export function alternativeNames(text: string | undefined): readonly string[] {
  const names: string[] = []
  let name = ''
  let quoted = false
  for (let at = 0; at < (text ?? '').length; at++) {
    const char = text?.charAt(at) ?? ''
    // A name with a comma or the like stands in quotes, with backslashes as in JSON.
    if (char === '"') quoted = !quoted
    if (char === ',' && !quoted) {
      names.push(name.trim())
      name = ''
    } else {
      name += char
      if (char === '\\' && quoted) name += text?.charAt(++at) ?? ''
    }
  }
  return name.trim() === '' ? names : [...names, name.trim()]
}

/**
 * Whether the names of a server's certificate are those that an issuer above it may vouch for. RFC 5280 §4.2.1.10. Of other kinds of names nothing is
 * understood but whether there are any: where such are limited, a certificate that has one is not taken.
 */
export function namesAreAllowed(names: readonly string[], { permitted, excluded }: Pick<Constraints, 'permitted' | 'excluded'>): boolean {
  const dns = names.flatMap((name) => (name.startsWith('DNS:') ? [name.slice(4).toLowerCase()] : []))
  const hasOthers = names.some((name) => !name.startsWith('DNS:'))
  const limited = [...permitted, ...excluded]
  // Every certificate has a directory name.
  if (limited.some((subtree) => subtree.kind === 'other' && (subtree.tag === DIRECTORY_NAME || hasOthers))) return false
  const allowed = permitted.filter((subtree) => subtree.kind === 'dns')
  return dns.every((name) => (allowed.length === 0 || allowed.some((subtree) => holds(subtree, name))) && !excluded.some((subtree) => holds(subtree, name)))
}

const DIRECTORY_NAME = 4

/** `example.org` holds itself and all below it; `.example.org`, which some write, only what is below. */
function holds(subtree: Subtree, name: string): boolean {
  if (subtree.kind !== 'dns') return false
  const { base } = subtree
  if (base === '') return true
  return name === base || name.endsWith(base.startsWith('.') ? base : `.${base}`)
}
