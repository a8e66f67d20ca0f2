import { MAX_MESSAGE_ID_CHARS, MAX_REFERENCES } from './limits.ts'

/**
 * The message ids in a Message-ID, In-Reply-To or References value, without brackets, in order. RFC 5322 §3.6.4, read
 * leniently: blanks inside an id vanish, anything outside brackets is passed over. The first half and the last half
 * of `limit` are kept: threading needs the root and the parents. An id without brackets that has an `@` counts when it is alone.
 */
export function parseMessageIds(text: string, limit = MAX_REFERENCES): readonly string[] {
  const ids: string[] = []
  for (let close = text.indexOf('>'), from = 0; close !== -1; from = close + 1, close = text.indexOf('>', from)) {
    const piece = text.slice(from, close)
    const open = piece.lastIndexOf('<')
    if (open === -1) continue
    const id = piece.slice(open + 1).replace(/\s+/g, '')
    if (id === '' || id.length > MAX_MESSAGE_ID_CHARS) continue
    ids.push(id)
    // Ids in the middle go first; the array stays small.
    if (ids.length > limit) ids.splice(Math.floor(limit / 2), 1)
  }
  if (ids.length > 0) return ids
  const bare = text.trim()
  return /^[^\s<>]+@[^\s<>]+$/.test(bare) && bare.length <= MAX_MESSAGE_ID_CHARS ? [bare] : []
}
