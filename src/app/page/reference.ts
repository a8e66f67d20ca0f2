import { FAULTS } from './faults.ts'
import { escapeHtml } from './frame.ts'

/** What of an OpenAPI document the page shows. */
export interface ReferenceDocument {
  readonly info: { readonly title: string; readonly version: string }
  readonly paths?: Readonly<Record<string, unknown>>
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> }
}

type Fields = Readonly<Record<string, unknown>>

interface Operation {
  readonly path: string
  readonly method: string
  readonly summary: string
  readonly about: Fields
}

/** Nothing is loaded from anywhere, nothing runs, and nobody frames it. */
export const REFERENCE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'referrer-policy': 'no-referrer',
}

/** How deep fields in fields are shown; a schema may hold itself. */
const MAX_DEPTH = 4

const STYLE = `:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1rem}
code,pre{font:.9rem/1.45 ui-monospace,monospace}pre{overflow-x:auto;padding:.75rem;border:1px solid #8888;border-radius:.4rem}
h2{margin-top:2.5rem;border-bottom:1px solid #8888}h3{font-size:1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #8884}nav ul{columns:16rem;padding-left:1.2rem}
.method{display:inline-block;min-width:4.2rem;font-weight:700;text-transform:uppercase}a:focus-visible,summary:focus-visible{outline:3px solid;outline-offset:2px}`

/** The reference of the API as one page, made of its OpenAPI document: every route with its parameters, fields, answers and a line to paste. Pure. */
export function referencePage(document: ReferenceDocument): string {
  const groups = Map.groupBy(operationsOf(document), ({ path }) => path.split('/')[2] ?? '')
  const schemas = document.components?.schemas ?? {}
  const nav = [...groups.keys()].map((group) => `<li><a href="#${escapeHtml(group)}">${escapeHtml(group)}</a></li>`).join('')
  const body = [...groups].map(([group, operations]) => `<section id="${escapeHtml(group)}" aria-labelledby="h-${escapeHtml(group)}"><h2 id="h-${escapeHtml(group)}">${escapeHtml(group)}</h2>${operations.map((each) => shown(each, schemas)).join('')}</section>`).join('')
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(document.info.title)} API ${escapeHtml(document.info.version)}</title><style>${STYLE}</style></head>
<body><header><h1>${escapeHtml(document.info.title)} API</h1><p>Version ${escapeHtml(document.info.version)}. The same for programs: <a href="/v1/openapi.json">OpenAPI 3.1</a>. Every request shows a key: <code>Authorization: Bearer sk_...</code></p></header>
<nav aria-label="Parts"><ul>${nav}<li><a href="#faults">faults</a></li></ul></nav><main>${body}${faults()}</main></body></html>`
}

function faults(): string {
  const rows = FAULTS.map(({ code, status, meaning }) => `<tr id="fault-${code}"><th scope="row"><code>${code}</code></th><td>${status}</td><td>${escapeHtml(meaning)}</td></tr>`).join('')
  return `<section id="faults" aria-labelledby="h-faults"><h2 id="h-faults">faults</h2><p>A fault is a problem document (RFC 9457). Its <code>code</code> is one of these.</p><table><thead><tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">Meaning</th></tr></thead><tbody>${rows}</tbody></table></section>`
}

function operationsOf({ paths = {} }: ReferenceDocument): readonly Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(fieldsOf(methods)).map(([method, about]) => ({ path, method, summary: textOf(fieldsOf(about)['summary']), about: fieldsOf(about) })),
  )
}

function shown({ path, method, summary, about }: Operation, schemas: Fields): string {
  const parameters = Array.isArray(about['parameters']) ? about['parameters'].map(fieldsOf) : []
  const request = schemaIn(fieldsOf(about['requestBody']))
  const answers = Object.entries(fieldsOf(about['responses'])).map(([status, answer]) => {
    const schema = schemaIn(fieldsOf(answer))
    return `<details><summary>${escapeHtml(status)}: ${escapeHtml(textOf(fieldsOf(answer)['description']))}</summary>${schema === null ? '' : table(rowsOf(schema, schemas))}</details>`
  })
  return `<article><h3><span class="method">${escapeHtml(method)}</span> <code>${escapeHtml(path)}</code></h3><p>${escapeHtml(summary)}</p>${parameters.length === 0 ? '' : `<h4>Parameters</h4>${table(parameters.map(parameterRow))}`}${request === null ? '' : `<h4>Body</h4>${table(rowsOf(request, schemas))}`}<pre><code>${escapeHtml(exampleOf(path, method, request, schemas))}</code></pre>${answers.join('')}</article>`
}

interface FieldRow {
  readonly name: string
  readonly type: string
  readonly about: string
}

function table(rows: readonly FieldRow[]): string {
  if (rows.length === 0) return ''
  return `<table><thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">About</th></tr></thead><tbody>${rows.map(({ name, type, about }) => `<tr><th scope="row"><code>${escapeHtml(name)}</code></th><td>${escapeHtml(type)}</td><td>${escapeHtml(about)}</td></tr>`).join('')}</tbody></table>`
}

function parameterRow(parameter: Fields): FieldRow {
  const schema = fieldsOf(parameter['schema'])
  const about = [textOf(parameter['description']), textOf(schema['description'])].find((text) => text !== '') ?? ''
  return { name: textOf(parameter['name']), type: `${typeOf(schema)}${parameter['required'] === true ? ', required' : ''}, in ${textOf(parameter['in'])}`, about }
}

/** A row for each field, those inside of others below them. */
function rowsOf(given: Fields, schemas: Fields, prefix = '', depth = 0): readonly FieldRow[] {
  const schema = resolved(given, schemas)
  if (depth >= MAX_DEPTH) return []
  if (schema['type'] === 'array') return rowsOf(fieldsOf(schema['items']), schemas, `${prefix}[].`, depth + 1)
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : [])
  return Object.entries(fieldsOf(schema['properties'])).flatMap(([name, field]) => {
    const inner = resolved(fieldsOf(field), schemas)
    const row = { name: `${prefix}${name}`, type: `${typeOf(inner)}${required.has(name) ? '' : ', optional'}`, about: textOf(inner['description']) }
    return [row, ...(inner['type'] === 'array' ? rowsOf(fieldsOf(inner['items']), schemas, `${prefix}${name}[].`, depth + 1) : rowsOf(inner, schemas, `${prefix}${name}.`, depth + 1))]
  })
}

function resolved(schema: Fields, schemas: Fields): Fields {
  const name = /^#\/components\/schemas\/(.+)$/.exec(textOf(schema['$ref']))?.[1]
  return name === undefined ? schema : fieldsOf(schemas[name])
}

function typeOf(schema: Fields): string {
  if (Array.isArray(schema['enum'])) return schema['enum'].map(String).join(' | ')
  if (Array.isArray(schema['type'])) return schema['type'].map(String).join(' or ')
  const several = ['anyOf', 'oneOf'].flatMap((key) => (Array.isArray(schema[key]) ? schema[key] : []))
  if (several.length > 0) return [...new Set(several.map((each) => typeOf(fieldsOf(each))))].join(' or ')
  return textOf(schema['type']) || 'any'
}

function exampleOf(path: string, method: string, request: Fields | null, schemas: Fields): string {
  const url = `http://127.0.0.1:1080${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase())}`
  const verb = method === 'get' || (method === 'post' && request !== null) ? '' : ` -X ${method.toUpperCase()}`
  const required = request === null ? [] : requiredOf(request, schemas)
  const body = request === null ? '' : ` -H 'Content-Type: application/json' \\\n  -d '${JSON.stringify(Object.fromEntries(required)).replaceAll("'", String.raw`'\''`)}'`
  return `curl${verb} -H "Authorization: Bearer $KEY"${body} ${url}`
}

function requiredOf(request: Fields, schemas: Fields): readonly (readonly [string, unknown])[] {
  const schema = resolved(request, schemas)
  const names = Array.isArray(schema['required']) ? schema['required'].map(String) : []
  return names.map((name) => {
    const field = resolved(fieldsOf(fieldsOf(schema['properties'])[name]), schemas)
    return [name, field['example'] ?? (Array.isArray(field['enum']) ? field['enum'][0] : (EXAMPLES[textOf(field['type'])] ?? '...'))] as const
  })
}

const EXAMPLES: Readonly<Record<string, unknown>> = { boolean: true, integer: 1, number: 1, array: [], object: {} }

function schemaIn(holder: Fields): Fields | null {
  const [first] = Object.values(fieldsOf(holder['content']))
  const schema = fieldsOf(fieldsOf(first)['schema'])
  return Object.keys(schema).length === 0 ? null : schema
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
