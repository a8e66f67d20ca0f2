import type { MessageId } from '../../base/brand.ts'
import { rewriteHtml } from '../track/rewrite.ts'
import { HONEYPOT, type TokenKind } from '../track/token.ts'
import { urlOf, type UrlOptions } from '../track/url.ts'
import type { Draft } from './draft.ts'

/** For whom HTML is made. */
export interface TrackHtmlOptions extends UrlOptions {
  readonly message: MessageId
  /** The number of the one recipient, or `ANYBODY`. */
  readonly recipient: number
}

/** HTML as it is sent, or none. */
export interface TrackedHtml {
  readonly html: string | null
  /** Where links of ours in it lead. */
  readonly links: readonly string[]
  /** Whether a picture in it tells us of openings. */
  readonly opens: boolean
}

/** The HTML of a draft with what tells of openings and clicks in it, and where its links lead. Its text part is never touched. */
export function trackedHtml({ html, tracking }: Pick<Draft, 'html' | 'tracking'>, options: TrackHtmlOptions): TrackedHtml {
  if (html === null || !(tracking.opens || tracking.clicks)) return { html, links: [], opens: false }
  const { message, recipient } = options
  const url = (kind: TokenKind, link: number): string => urlOf({ kind, message, recipient, link }, options)
  const rewritten = rewriteHtml(html, {
    click: tracking.clicks ? (link) => url('click', link) : null,
    open: tracking.opens ? url('open', 0) : null,
    honeypot: tracking.clicks ? url('click', HONEYPOT) : null,
    stop: `${options.origin}/t/u/`,
  })
  return { html: rewritten.html, links: rewritten.targets, opens: rewritten.hasPicture }
}
