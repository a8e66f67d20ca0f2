import { MAX_RECORD_CHARS } from './limits.ts'

const ID = /^[A-Za-z0-9]{1,32}$/
const FIELD = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,31})=([\x21-\x3a\x3c\x3e-\x7e]+)$/

/**
 * The id of a domain's policy, by the TXT records at `_mta-sts.<domain>`, the strings of each joined; it changes when the policy does.
 * Null when there is no policy that can be asked for. RFC 8461 §3.1.
 */
export function parseStsRecord(records: readonly string[]): string | null {
  // §3.1: what begins otherwise is left out; then exactly one must be left.
  const own = records.filter((record) => record.startsWith('v=STSv1;'))
  const [record] = own
  return own.length === 1 && record !== undefined && record.length <= MAX_RECORD_CHARS ? idOf(record) : null
}

function idOf(record: string): string | null {
  const fields = record.split(';').slice(1).map(trimmed)
  // §3.1: one semicolon may end the record.
  if (fields.at(-1) === '') fields.pop()
  let id: string | null = null
  for (const field of fields) {
    const [, name, value = ''] = FIELD.exec(field) ?? []
    if (name === undefined) return null
    // §3.2: the first of a field counts; fields that are not known mean nothing.
    if (name === 'id') id ??= value
  }
  return id !== null && ID.test(id) ? id : null
}

/** Without spaces and tabs around it: not `trim`, which takes line ends as well. */
function trimmed(field: string): string {
  let start = 0
  let end = field.length
  while (start < end && isBlank(field[start])) start++
  while (end > start && isBlank(field[end - 1])) end--
  return field.slice(start, end)
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t'
}
