import type { MessageId } from '../../base/brand.ts'
import { ANYBODY, HONEYPOT, readToken } from './token.ts'

/** Whose HTML it is, and where its links lead. */
export interface UnwriteOptions {
  readonly message: MessageId
  readonly links: readonly string[]
  readonly secret: Uint8Array
}

/** HTML as its author wrote it. */
export interface Unwritten {
  readonly html: string
  /** Whether it told who of several read it: its addresses were one recipient's. */
  readonly of: 'one' | 'anybody'
}

/** What `rewriteHtml` puts in: the element that only programs see, the picture, and addresses of links. A host has at most 253 characters, and a port. */
const OURS = /<(?:a href|img src)="https?:\/\/[^\s"'<>/]{1,300}\/t\/[oc]\/([A-Za-z0-9_-]{44})(?:\.gif)?"(?: tabindex="-1" aria-hidden="true" style="[\w:;-]{1,80}"><\/a>| width="1" height="1" alt="" style="border:0">)|https?:\/\/[^\s"'<>/]{1,300}\/t\/c\/([A-Za-z0-9_-]{44})/g

/**
 * Takes addresses of ours out of the HTML of a message again, the opposite of `rewriteHtml`: links lead where they led before, and what was added is gone. Only addresses of
 * this message are touched. Linear, whatever the HTML is.
 */
export function unwriteHtml(html: string, { message, links, secret }: UnwriteOptions): Unwritten {
  let of: Unwritten['of'] = 'one'
  const written = html.replace(OURS, (whole, added: string | undefined, link: string | undefined) => {
    const token = readToken(added ?? link ?? '', secret)
    if (token === null || token.message !== message) return whole
    if (token.recipient === ANYBODY) of = 'anybody'
    if (added !== undefined) return token.kind === 'open' || token.link === HONEYPOT ? '' : whole
    const target = links[token.link]
    return token.kind !== 'click' || target === undefined ? whole : escaped(target)
  })
  return { html: written, of }
}

const STOP = /https?:\/\/[^\s"'<>/]{1,300}\/t\/u\/([A-Za-z0-9_-]{44})/g

/** Text in which the addresses that stop mail of one message have become another address; the same text where there are none. */
export function withNewStop(text: string, { message, secret, url }: Pick<UnwriteOptions, 'message' | 'secret'> & { readonly url: string }): string {
  return text.replace(STOP, (whole, token: string) => (readToken(token, secret)?.message === message ? url : whole))
}

/** It may have stood without quotes. */
function escaped(target: string): string {
  return target.replace(/[&"'<>`]/g, (character) => `&#${character.charCodeAt(0)};`)
}
