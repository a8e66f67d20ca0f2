import { isBroadcast, readStream, type StreamName } from '../../core/organization/stream/name.ts'
import { MAX_CHOICE_FIELDS } from '../../core/track/limits.ts'
import { readForm } from '../../infra/http/form.ts'

/** What somebody asks for who posts to the address that stops mail. */
export type Wish =
  /** The stream of the message: a mail program with one click, or a button of ours that says no more. */
  | { readonly kind: 'stop'; readonly by: 'one-click' | 'page' }
  /** All that goes to many. */
  | { readonly kind: 'stop-all' }
  /** Streams whose box stands otherwise than it was shown. */
  | { readonly kind: 'choose'; readonly changes: ReadonlyMap<StreamName, 'on' | 'off'> }

/** The first field of our own form: whatever begins otherwise is a mail program's, which may send what it likes. */
export const FORM_MARK = 'form=preferences'

/**
 * Reads what was posted; null for a form of ours that is not as we made it: it changes nothing, least of all by mistake. Anything else is the one click of RFC 8058 §3.2, whose
 * body says nothing that the address does not. Linear; its size is the caller's limit.
 */
export function readWish(contentType: string | undefined, body: Uint8Array): Wish | null {
  const text = Buffer.from(body.subarray(0, FORM_MARK.length + 1)).toString('latin1')
  if (text === 'confirm=page') return { kind: 'stop', by: 'page' } // Pages of ours from before there were choices.
  if (text !== FORM_MARK && text !== `${FORM_MARK}&`) return { kind: 'stop', by: 'one-click' }
  const fields = readForm(contentType, body, MAX_CHOICE_FIELDS)
  if (fields === null) return null
  const pressed = fields.get('do')
  if (pressed === 'all') return { kind: 'stop-all' }
  return pressed === 'save' ? changesIn(fields) : null
}

/** What a box stood at when the page was made, and what it stands at now: only a difference is a wish, so an old page that is sent again undoes nothing that came after it. */
function changesIn(fields: ReadonlyMap<string, string>): Wish | null {
  const changes = new Map<StreamName, 'on' | 'off'>()
  for (const [name, was] of fields) {
    if (!name.startsWith('was.')) continue
    const stream = readStream(name.slice('was.'.length))
    if (stream === null || !isBroadcast(stream) || (was !== 'on' && was !== 'off')) return null
    const wanted = fields.get(`want.${stream}`) === 'on' ? 'on' : 'off'
    if (wanted !== was) changes.set(stream, wanted)
  }
  return { kind: 'choose', changes }
}
