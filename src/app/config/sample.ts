import { z } from 'zod'
import { settings } from './settings.ts'

/** What is known when a configuration is written. Paths are relative to the file. */
export interface SampleValues {
  readonly hostname: string
  readonly data: string
  readonly tls: { readonly certificate: string; readonly key: string } | null
}

/** A setting as its schema tells of it. */
interface Described {
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly type?: string
  readonly properties?: Readonly<Record<string, Described>>
  readonly items?: Described
}

/** The file `merpati init` writes: what was given, and every other setting as a comment with its usual value. */
export function sampleConfig({ hostname, data, tls }: SampleValues): string {
  const schema = z.toJSONSchema(settings, { io: 'input' }) as Described
  const given: Readonly<Record<string, unknown>> = { hostname, data, ...(tls === null ? {} : { tls }) }
  const all = Object.entries(schema.properties ?? {})
  const plain = all.filter(([, { type, items }]) => type !== 'object' && items?.properties === undefined)
  const tables = all.filter(([, { type }]) => type === 'object')
  const lists = all.filter(([, { items }]) => items?.properties !== undefined)
  return [
    '# Merpati. A line that begins with # is a comment: take the sign away to change what it says. Unknown settings are refused.',
    plain.map(([name, setting]) => lineOf(name, setting, given[name])).join('\n\n'),
    ...tables.map(([name, table]) => tableOf(name, table, given[name] as Readonly<Record<string, unknown>> | undefined)),
    ...lists.map(([name, list]) => listOf(name, list)),
    '',
  ].join('\n\n').replace(/\n+$/, '\n')
}

/** One setting: what it is for, then its value; a comment when nobody has chosen one. */
function lineOf(name: string, setting: Described, value: unknown): string {
  const told = `# ${setting.description ?? ''}`
  if (value !== undefined) return `${told}\n${name} = ${JSON.stringify(value)}`
  return `${told}\n# ${name} = ${setting.default === undefined ? '...' : inline(setting.default)}`
}

function tableOf(name: string, table: Described, given: Readonly<Record<string, unknown>> | undefined): string {
  const lines = Object.entries(table.properties ?? {}).map(([key, setting]) => lineOf(key, setting, given?.[key]))
  return [`# ${table.description ?? ''}`, given === undefined ? `# [${name}]` : `[${name}]`, ...lines].join('\n')
}

function listOf(name: string, list: Described): string {
  const keys = Object.entries(list.items?.properties ?? {}).map(([key, { description, enum: words }]) => {
    const choice = words === undefined ? '' : ` One of ${words.join(', ')}.`
    return `#   ${key}: ${description ?? ''}${choice}`
  })
  const usual = (list.default as readonly Readonly<Record<string, unknown>>[]).map((entry) =>
    [`# [[${name}]]`, ...Object.entries(entry).map(([key, value]) => `# ${key} = ${JSON.stringify(value)}`)].join('\n'),
  )
  return [[`# ${list.description ?? ''}`, ...keys].join('\n'), ...usual].join('\n\n')
}

function inline(value: unknown): string {
  return Array.isArray(value) ? `[${value.map((each) => JSON.stringify(each)).join(', ')}]` : JSON.stringify(value)
}
