/** A JSON schema, as a document says it. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** What `#/components/schemas/...` leads to. */
export type Schemas = Readonly<Record<string, JsonSchema>>

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
  array: (value) => Array.isArray(value),
  object: isObject,
}

/** RFC 3339 §5.6, as we write it. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/

/** Words of JSON Schema that are looked at here, and those that say nothing of a value. Another one is a fault: it would be believed without being checked. */
const KNOWN = new Set(['$ref', 'type', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', 'properties', 'required', 'additionalProperties', 'propertyNames', 'items', 'minItems', 'maxItems', 'minLength', 'maxLength', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'pattern', 'format', 'description', 'example', 'default', 'title'])

/** Where a value is not as a schema says, each as `data.0.id: ...`. What no schema describes is a fault, too: nobody could know of it. */
export function schemaFaults(schema: JsonSchema, value: unknown, schemas: Schemas, at = ''): readonly string[] {
  const name = /^#\/components\/schemas\/(.+)$/.exec(String(schema['$ref'] ?? ''))?.[1]
  if (name !== undefined) return schemaFaults(schemas[name] ?? { enum: [] }, value, schemas, at)
  const unknown = Object.keys(schema).filter((word) => !KNOWN.has(word))
  if (unknown.length > 0) return [`${at}: the schema says ${unknown.join(', ')}, which this check does not know`]
  const some = list(schema['anyOf'] ?? schema['oneOf'])
  if (some.length > 0) {
    const tried = some.map((each) => schemaFaults(each, value, schemas, at))
    if (tried.every((faults) => faults.length > 0)) return tried.toSorted((one, two) => one.length - two.length)[0] ?? []
  }
  const all = list(schema['allOf'])
  if (all.length > 0) return schemaFaults(merged(all, schemas), value, schemas, at)
  return [...plainFaults(schema, value).map((fault) => `${at}: ${fault}, got ${JSON.stringify(value)?.slice(0, 80)}`), ...insideFaults(schema, value, schemas, at)]
}

function plainFaults(schema: JsonSchema, value: unknown): readonly string[] {
  const faults: string[] = []
  const types = [schema['type'] ?? []].flat().map(String)
  if (types.length > 0 && !types.some((type) => TYPES[type]?.(value) === true)) faults.push(`want ${types.join(' or ')}`)
  if (Array.isArray(schema['enum']) && !schema['enum'].includes(value)) faults.push(`want one of ${schema['enum'].join(', ')}`)
  if ('const' in schema && schema['const'] !== value) faults.push(`want ${String(schema['const'])}`)
  if (typeof value === 'string') {
    if (typeof schema['pattern'] === 'string' && !new RegExp(schema['pattern'], 'u').test(value)) faults.push(`want ${schema['pattern']}`)
    if (schema['format'] === 'date-time' && !TIME.test(value)) faults.push('want a time')
    if (value.length < number(schema['minLength'], 0) || value.length > number(schema['maxLength'], Infinity)) faults.push('has another length')
  }
  if (typeof value === 'number' && (value < number(schema['minimum'], -Infinity) || value > number(schema['maximum'], Infinity))) faults.push('is out of bounds')
  if (Array.isArray(value) && (value.length < number(schema['minItems'], 0) || value.length > number(schema['maxItems'], Infinity))) faults.push('has another length')
  return faults
}

function insideFaults(schema: JsonSchema, value: unknown, schemas: Schemas, at: string): readonly string[] {
  const below = (name: string): string => (at === '' ? name : `${at}.${name}`)
  if (Array.isArray(value)) return isObject(schema['items']) ? value.flatMap((each, index) => schemaFaults(schema['items'] as JsonSchema, each, schemas, below(String(index)))) : []
  if (!isObject(value) || schema['type'] === undefined) return []
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>
  const missing = list<string>(schema['required']).filter((name) => !Object.hasOwn(value, name)).map((name) => `${below(name)}: is missing`)
  const rest = schema['additionalProperties']
  return [...missing, ...Object.entries(value).flatMap(([name, each]) => {
    if (Object.hasOwn(properties, name)) return schemaFaults(properties[name] ?? {}, each, schemas, below(name))
    if (isObject(rest)) return schemaFaults(rest, each, schemas, below(name))
    return rest === true || schema['properties'] === undefined ? [] : [`${below(name)}: is not described`]
  })]
}

/** One schema out of several that hold together: of objects, whose fields add up. */
function merged(all: readonly JsonSchema[], schemas: Schemas): JsonSchema {
  const parts = all.map((each) => schemas[/^#\/components\/schemas\/(.+)$/.exec(String(each['$ref'] ?? ''))?.[1] ?? ''] ?? each).map((each) => (each['allOf'] === undefined ? each : merged(list(each['allOf']), schemas)))
  return { ...Object.assign({}, ...parts), properties: Object.assign({}, ...parts.map((each) => each['properties'] ?? {})), required: parts.flatMap((each) => list<string>(each['required'])) }
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function list<T = JsonSchema>(value: unknown): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : []
}

function number(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise
}
