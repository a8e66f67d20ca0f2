/** Everything of a list that the store gives in pages: asks for what comes after the last row until nothing does. */
export async function everyPage<T>(after: (last: T | null) => Promise<readonly T[]>): Promise<readonly T[]> {
  const all: T[] = []
  for (let page = await after(null); page.length > 0; page = await after(all.at(-1) ?? null)) all.push(...page)
  return all
}
