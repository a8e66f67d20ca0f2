import { Liquid, type Template as Parsed } from 'liquidjs'
import type { Fault } from '../../base/fault.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import { type TemplateContent, type Variable, type Wording, wordingFor } from './content.ts'
import { MAX_PARSED, MAX_PART_CHARS, MAX_RENDERED_CHARS, MAX_VALUES_CHARS, RENDER_MS, RENDER_UNITS } from './limits.ts'
import { PREFERENCES_URL, PREFERENCES_VARIABLE } from './preferences-url.ts'

/** What a template becomes. */
export type Rendered = Wording

/** What is given for its variables. */
export type Values = Readonly<Record<string, unknown>>

/** What filters of a template may be. Not there: what is random, what hashes, what evaluates text, and what puts a list into itself, which grows without end when it is written. */
const FILTERS: ReadonlySet<string> = new Set([
  'escape', 'escape_once', 'newline_to_br', 'strip_html', 'abs', 'at_least', 'at_most', 'ceil', 'divided_by', 'floor', 'minus', 'plus', 'modulo', 'times', 'round', 'url_decode', 'url_encode', 'join', 'last',
  'first', 'reverse', 'sort', 'sort_natural', 'size', 'map', 'sum', 'compact', 'slice', 'where', 'uniq', 'date', 'append', 'prepend', 'lstrip', 'downcase', 'upcase', 'remove', 'remove_first', 'remove_last',
  'rstrip', 'split', 'strip', 'strip_newlines', 'capitalize', 'replace', 'replace_first', 'replace_last', 'truncate', 'truncatewords', 'number_of_words', 'default', 'raw', 'json',
])

/** There are no files, and no other templates. */
const NO_TAGS = ['include', 'render', 'layout', 'block'] as const

interface Charged {
  readonly context: { readonly memoryLimit: { use(count: number): void } }
}

/** Text is written as it is, and counted, as escaping counts HTML. */
function asText(this: unknown, value: unknown): string {
  const text = Array.isArray(value) ? value.join('') : String(value ?? '')
  const { context } = this as Charged // So the library calls it.
  context.memoryLimit.use(text.length)
  return text
}

function makeEngine(kind: 'html' | 'text'): Liquid {
  const engine = new Liquid({
    outputEscape: kind === 'html' ? 'escape' : asText,
    ownPropertyOnly: true, // Nothing of an object's prototype.
    strictFilters: true,
    strictVariables: true, // Rather no mail than "Dear ,".
    lenientIf: true, // `if` and `default` may ask for what is not there.
    templates: {}, // Instead of a file system.
    dynamicPartials: false,
    parseLimit: MAX_PART_CHARS,
    renderLimit: RENDER_MS,
    memoryLimit: RENDER_UNITS,
    timezoneOffset: 0,
  })
  for (const name of Object.keys(engine.filters)) if (!FILTERS.has(name)) delete engine.filters[name]
  for (const name of NO_TAGS) delete engine.tags[name]
  return engine
}

/** Renders templates in a thread, and remembers what it has parsed. */
export class Renderer {
  readonly #engines = { html: makeEngine('html'), text: makeEngine('text') }
  readonly #parsed = new Map<string, readonly Parsed[]>()

  /** What is wrong with the parts of a template, before anybody uses it. */
  faultsOf(content: TemplateContent): readonly Fault[] {
    const wordings = [['', content] as const, ...Object.entries(content.locales).map(([tag, wording]) => [`locales.${tag}.`, wording] as const)]
    return wordings.flatMap(([prefix, wording]) =>
      PARTS.flatMap((part): readonly Fault[] => {
        const source = wording[part]
        if (source === undefined || source === null) return []
        const parsed = this.#parse(part, source)
        return parsed.ok ? [] : [{ field: `${prefix}${part}`, code: 'invalid_template', message: parsed.error }]
      }),
    )
  }

  /** Renders a template in a language. Faults name the part, or the variable. */
  render(content: TemplateContent, locale: string | null, values: Values): Result<Rendered, readonly Fault[]> {
    const faults = valueFaults(content.variables, values)
    if (faults.length > 0) return fail(faults)
    const scope = { ...Object.fromEntries(content.variables.flatMap(({ key, fallback }) => (fallback === null ? [] : [[key, fallback]]))), ...values }
    const wording = wordingFor(content, locale)
    const made: { -readonly [Part in keyof Wording]: Wording[Part] } = { subject: '', html: null, text: null }
    for (const part of PARTS) {
      const source = wording[part]
      if (source === null) continue
      // A subject has no links: there the name means nothing.
      const rendered = this.#run(part, source, part === 'subject' ? scope : { [PREFERENCES_VARIABLE]: PREFERENCES_URL, ...scope })
      if (!rendered.ok) return fail([{ field: part, code: 'render_failed', message: rendered.error }])
      // What somebody typed into a variable must not begin another header field.
      made[part] = part === 'subject' ? rendered.value.replace(/[\r\n\0]+/g, ' ').trim() : rendered.value
    }
    return ok(made)
  }

  #run(part: Part, source: string, scope: Values): Result<string, string> {
    const parsed = this.#parse(part, source)
    if (!parsed.ok) return parsed
    return attempt(() => {
      const text = String(this.#engineOf(part).renderSync([...parsed.value], { ...scope }))
      if (text.length > MAX_RENDERED_CHARS) throw new RangeError(`becomes longer than ${MAX_RENDERED_CHARS} characters`)
      return text
    })
  }

  #parse(part: Part, source: string): Result<readonly Parsed[], string> {
    const key = `${part === 'html' ? 'html' : 'text'} ${source}`
    const known = this.#parsed.get(key)
    if (known !== undefined) return ok(known)
    const parsed = attempt(() => this.#engineOf(part).parse(source.replace(BRACES, '{{ $1 }}')))
    if (!parsed.ok) return parsed
    this.#parsed.set(key, parsed.value)
    const [oldest] = this.#parsed.keys()
    if (this.#parsed.size > MAX_PARSED && oldest !== undefined) this.#parsed.delete(oldest)
    return parsed
  }

  #engineOf(part: Part): Liquid {
    return part === 'html' ? this.#engines.html : this.#engines.text
  }
}

type Part = keyof Wording
const PARTS: readonly Part[] = ['subject', 'html', 'text']

/** `{{{NAME}}}`, as others' templates write a variable. It is escaped here, as all are. */
const BRACES = /\{\{\{ {0,8}([A-Za-z_]\w{0,100}) {0,8}\}\}\}/g

/** What a template does wrong, in words; what we do wrong is thrown. The library says it with errors of its own, and the machine with `RangeError`: too deep, too long. */
function attempt<T>(work: () => T): Result<T, string> {
  try {
    return ok(work())
  } catch (error) {
    if (error instanceof RangeError) return fail(/becomes/.test(error.message) ? error.message : 'is nested too deep, or becomes too long')
    if (error instanceof Error && LIQUID_ERRORS.has(error.name)) return fail(error.message.split('\n', 1)[0]?.slice(0, 300) ?? '')
    throw error
  }
}

const LIQUID_ERRORS: ReadonlySet<string> = new Set(['LiquidError', 'LiquidErrors', 'ParseError', 'RenderError', 'TokenizationError', 'UndefinedVariableError', 'AssertionError'])

function valueFaults(variables: readonly Variable[], values: Values): readonly Fault[] {
  if (JSON.stringify(values).length > MAX_VALUES_CHARS) return [{ field: 'variables', code: 'too_big', message: `have more than ${MAX_VALUES_CHARS} characters of JSON` }]
  return variables.flatMap(({ key, type, fallback }): readonly Fault[] => {
    const value = Object.hasOwn(values, key) ? values[key] : fallback
    if (value === null || value === undefined) return [{ field: `variables.${key}`, code: 'missing', message: 'must be given' }]
    return typeOf(value) === type ? [] : [{ field: `variables.${key}`, code: 'invalid_type', message: `must be a ${type}` }]
  })
}

/** The word for what a value is. */
export function typeOf(value: unknown): Variable['type'] | null {
  if (Array.isArray(value)) return 'list'
  const type = typeof value
  if (type === 'string' || type === 'number' || type === 'boolean') return type
  return value !== null && type === 'object' ? 'object' : null
}
