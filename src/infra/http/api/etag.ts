import { hash } from 'node:crypto'

/** Fields that nobody writes: what we saw, counted or measured. They change what is shown, and are no reason to refuse somebody's change. */
const OBSERVED: ReadonlySet<string> = new Set([
  'used', 'stored', 'resets_at', 'used_emails', 'used_bytes', 'last_used_at', 'last_event', 'failing_since', 'checked_at', 'checks', 'usable', 'missing', 'warmup', 'sends_since',
])

/** Fields that a tag tells apart. No thing of ours has as many; beyond them it is only known that something differs. */
const MAX_PARTS = 60

/** Characters of a field's digest, six bits each: enough to name a field, because whether anything differs is told by the whole. */
const PART_CHARS = 4

/** Characters of the digest of all: 132 bits. */
const WHOLE_CHARS = 22

/**
 * A strong ETag of what is shown (RFC 9110 §8.8.1): another one whenever anything of it changes. It holds a digest of all, and a short one of each field that people
 * write, in the order of their names, so that whoever comes with an old one is told what has changed since, without that we remember anything.
 */
export function tagOf(body: unknown): string {
  return `"${digest(canonical(body, 'all'), WHOLE_CHARS)}.${partsOf(body).map(({ part }) => part).join('')}"`
}

/** What has become of a thing since somebody saw it under a tag. */
export type Since = { readonly kind: 'same' } | { readonly kind: 'changed'; readonly fields: readonly string[] }

/** Compares a tag with what is there now. `fields` are the names of those that differ; none when that cannot be told. What only we observe does not count. */
export function sinceTag(tag: string, body: unknown): Since {
  const now = tagOf(body)
  if (tag === now) return { kind: 'same' }
  const [, seen] = /^"[\w-]{22}\.([\w-]*)"$/.exec(tag) ?? []
  const parts = partsOf(body)
  if (seen === undefined || seen.length !== parts.length * PART_CHARS || parts.length === 0) return { kind: 'changed', fields: [] }
  const fields = parts.flatMap(({ name, part }, at) => (seen.slice(at * PART_CHARS, (at + 1) * PART_CHARS) === part ? [] : [name]))
  return fields.length === 0 ? { kind: 'same' } : { kind: 'changed', fields }
}

/** The tags of If-Match or If-None-Match: `*`, or a list of entity tags; null for what is neither. Weak ones keep their `W/`. RFC 9110 §8.8.3. */
export function readTags(field: string): '*' | readonly string[] | null {
  const text = field.trim()
  if (text === '*') return '*'
  const tags = [...text.matchAll(/(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g)].map(([tag]) => tag)
  return tags.length === 0 || tags.join(',') !== text.replace(/[ \t]*,[ \t]*/g, ',') ? null : tags
}

function partsOf(body: unknown): readonly { readonly name: string; readonly part: string }[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return []
  const fields = Object.entries(body as Readonly<Record<string, unknown>>).filter(([name]) => !OBSERVED.has(name)).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return fields.length > MAX_PARTS ? [] : fields.map(([name, value]) => ({ name, part: digest(`${name} ${canonical(value, 'written')}`, PART_CHARS) }))
}

/** The same text for the same value, in whichever order its fields came. */
function canonical(value: unknown, which: 'all' | 'written'): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    const fields = Object.entries(inner).filter(([name]) => which === 'all' || !OBSERVED.has(name))
    return Object.fromEntries(fields.toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }) ?? ''
}

function digest(text: string, chars: number): string {
  return hash('sha256', text, 'base64url').slice(0, chars)
}
