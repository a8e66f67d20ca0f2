/** What an event tells of tries, without what was said; null when nothing was said. What else it tells stays as it is. */
export function withoutTranscripts(data: unknown, nowMs: number): unknown {
  if (!hasTranscripts(data)) return null
  return { ...data, tries: data.tries.map((one) => (isObject(one) && Array.isArray(one['transcript']) ? { ...one, transcript: [] } : one)), transcriptsRemovedMs: nowMs }
}

/** Whether an event tells what was said. */
export function hasTranscripts(data: unknown): data is { readonly tries: readonly unknown[] } {
  if (!isObject(data)) return false
  const { tries } = data
  return Array.isArray(tries) && tries.some((one) => isObject(one) && Array.isArray(one['transcript']) && one['transcript'].length > 0)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
