import type { OperatorTls } from './port.ts'

/**
 * What an operator wants for domains: by their names, by `*.parent` for all below it, by `*` for all. The most exact one counts. Names are
 * A-labels in lower case.
 */
export function mostExact(rules: Readonly<Record<string, OperatorTls>>): (domain: string) => OperatorTls | null {
  const byPattern = new Map(Object.entries(rules))
  if (byPattern.size === 0) return () => null
  return (domain) => {
    const exact = byPattern.get(domain)
    if (exact !== undefined) return exact
    for (let dot = domain.indexOf('.'); dot !== -1; dot = domain.indexOf('.', dot + 1)) {
      const above = byPattern.get(`*${domain.slice(dot)}`)
      if (above !== undefined) return above
    }
    return byPattern.get('*') ?? null
  }
}
