/** Longer keys are not kept: what comes again is short, and who sends long ones must not fill our memory. */
const MAX_KEY_CHARS = 1_000

/** Makes a pure function of a text remember its last answers, `max` of them: the same senders, domains and keys come again and again. The oldest go first. */
export function remembered<T>(max: number, make: (text: string) => T): (text: string) => T {
  const kept = new Map<string, { readonly value: T }>()
  return (text) => {
    const known = kept.get(text)
    if (known !== undefined) return known.value
    if (text.length > MAX_KEY_CHARS) return make(text)
    // A copy: a piece of a message would keep all of the message in memory, and so would what is made of the piece.
    const own = ` ${text}`.slice(1)
    const value = make(own)
    if (kept.size >= max) kept.delete(kept.keys().next().value ?? own)
    kept.set(own, { value })
    return value
  }
}
