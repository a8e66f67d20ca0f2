/** A sentence for people, in the languages that we write to them in. */
export interface Sentence {
  readonly en: string
  readonly id: string
}

/** What a rule weighs and means. Positive scores speak against a message, negative ones for it; 0 is only told. */
export interface FilterRule {
  readonly score: number
  /** What was found, for whoever asks why. */
  readonly about: Sentence
  /** What the sender, or the owner of the domain, would have to change; null when nobody has to. */
  readonly mend: Sentence | null
}

/** Rules by name: `A_NAME_LIKE_THIS`. */
export type FilterRules = Readonly<Record<string, FilterRule>>
