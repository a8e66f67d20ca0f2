/**
 * Finds what is said of a domain: by its own name, by `*.parent` for all below it, by `*` for all. The most exact entry counts. Names are
 * A-labels in lower case.
 */
export function mostExact<T>(rules: Readonly<Record<string, T>>): (domain: string) => T | null {
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
