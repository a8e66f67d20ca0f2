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

/** Longer texts are not kept by `rememberedText`: a thread keeps a few of each kind. */
const MAX_TEXT_CHARS = 64 * 1_024

/**
 * The same for texts of some kilobytes, of which a few come many times in a row: bodies of a batch that says the same to everybody. They are found by comparing, which
 * ends at once where they differ, and costs less than a hash. The texts themselves are kept: they must not be pieces of a much larger one.
 */
export function rememberedText<A extends readonly string[], T>(max: number, make: (...texts: A) => T): (...texts: A) => T {
  const kept: { readonly texts: A; readonly value: T }[] = []
  return (...texts) => {
    for (const known of kept) if (known.texts.every((text, at) => text === texts[at])) return known.value
    const value = make(...texts)
    if (texts.some(({ length }) => length > MAX_TEXT_CHARS)) return value
    if (kept.length >= max) kept.pop()
    kept.unshift({ texts, value })
    return value
  }
}
