/** What a template says, in one language. */
export interface Wording {
  readonly subject: string
  readonly html: string | null
  readonly text: string | null
}

/** A variable that a template declares: what it must be, and what stands there when nobody says. */
export interface Variable {
  readonly key: string
  readonly type: 'string' | 'number' | 'boolean' | 'list' | 'object'
  /** Null: it must be given. */
  readonly fallback: unknown
}

/** One version of a template. */
export interface TemplateContent extends Wording {
  readonly from: string | null
  readonly replyTo: readonly string[]
  readonly variables: readonly Variable[]
  /** Other languages, by tag in lower case: `id`, `pt-br`. What a wording leaves out is said in the first language. */
  readonly locales: Readonly<Record<string, Partial<Wording>>>
}

/** A template: a name for what its versions say. */
export interface Template {
  readonly id: string
  /** Another name that programs know it by; null for none. */
  readonly alias: string | null
  readonly name: string
  /** The version that mail is made of; null while there is none. */
  readonly published: number | null
  readonly latest: number
  readonly createdMs: number
  readonly updatedMs: number
}

/** The wording for a language: its own, that of the language without its region, or the first one. RFC 4647 §3.4. */
export function wordingFor(content: TemplateContent, locale: string | null): Wording {
  const { subject, html, text, locales } = content
  const own: Wording = { subject, html, text }
  for (let tag = (locale ?? '').toLowerCase(); tag !== ''; tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-')))) {
    if (Object.hasOwn(locales, tag)) return { ...own, ...locales[tag] }
  }
  return own
}
