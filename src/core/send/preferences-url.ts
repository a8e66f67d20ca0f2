import type { MessageId } from '../../base/brand.ts'
import type { Fault } from '../../base/fault.ts'
import { PREFERENCES_URL } from '../template/preferences-url.ts'
import { urlOf, type UrlOptions } from '../track/url.ts'
import type { Draft } from './draft.ts'

/** The words of a message, for those who read it and for those who check it. */
export interface LinkedWords {
  /** As its one recipient gets it. */
  readonly shown: Draft
  /** As its author wrote it, with an address that is the same for all: what is read once need not be read again for each reader. */
  readonly written: Draft
  /** Whether an address in it stops mail. */
  readonly isLinked: boolean
}

/** Puts a reader's own address of the preference page where a template has asked for it. */
export function linkedWords(draft: Draft, message: MessageId, options: UrlOptions): LinkedWords {
  const places = [draft.html, draft.text]
  if (!places.some((text) => text?.includes(PREFERENCES_URL) === true)) return { shown: draft, written: draft, isLinked: false }
  const own = urlOf({ kind: 'unsubscribe', message, recipient: 0, link: 0 }, options)
  return { shown: withUrl(draft, own), written: withUrl(draft, `${options.origin}/t/u`), isLinked: true }
}

/** Why a message with such an address is refused: its bytes are the same for all recipients, and the address is one reader's. */
export const NOT_ONE_READER: Fault = { field: 'template', code: 'several_recipients', message: 'uses preferences_url, which is each reader\'s own: send one message to each recipient (a batch does)' }

function withUrl(draft: Draft, url: string): Draft {
  const put = (text: string | null): string | null => text?.replaceAll(PREFERENCES_URL, () => url) ?? null
  return { ...draft, html: put(draft.html), text: put(draft.text) }
}
