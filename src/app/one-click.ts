import { systemClock } from '../base/clock.ts'
import type { OneClick } from '../core/domain/check/questions.ts'
import { CHECK_MESSAGE } from '../core/track/token.ts'
import { urlOf } from '../core/track/url.ts'
import { addressesOf, type AskAddresses, type TargetRules } from '../core/webhook/target.ts'
import { postTo } from '../infra/net/post-to.ts'

/** How long our own address for unsubscribing may take to answer a check. */
const PRESS_WITHIN_MS = 10_000

/** Only the status counts. */
const MAX_ANSWER_BYTES = 1024

/** Where our links lead, and who is asked. */
export interface PressOptions {
  readonly origin: string
  readonly secret: Uint8Array
  readonly rules: TargetRules
  readonly ask: AskAddresses
  /** Roots to trust instead of the usual ones, PEM. */
  readonly roots?: readonly string[]
}

/** Presses "unsubscribe" as mail programs do, at an address of ours that stands for nobody. RFC 8058 §3.1. Never rejects for what a network does. */
export async function pressUnsubscribe({ origin, secret, rules, ask, roots }: PressOptions, signal: AbortSignal): Promise<OneClick> {
  const url = new URL(urlOf({ kind: 'unsubscribe', message: CHECK_MESSAGE, recipient: 0, link: 0 }, { origin, secret }))
  const found = await addressesOf(url, rules, ask, signal)
  if (found.kind === 'none') return { kind: 'failed', why: found.why }
  const beganMs = systemClock.nowMs()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const posted = await postTo({ url, addresses: found.addresses, headers, body: 'List-Unsubscribe=One-Click', maxBytes: MAX_ANSWER_BYTES, withinMs: PRESS_WITHIN_MS, ...(roots === undefined ? {} : { roots }) }, signal)
  if (posted.kind === 'answered') return { kind: 'answered', status: posted.status, tookMs: systemClock.nowMs() - beganMs }
  return { kind: posted.untrusted === true ? 'untrusted' : 'failed', why: posted.why }
}
