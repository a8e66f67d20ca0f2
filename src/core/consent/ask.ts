import { isIP } from 'node:net'
import type { z } from '@hono/zod-openapi'
import type { OrganizationId } from '../../base/brand.ts'
import { makeId } from '../../base/ids.ts'
import { isoTime } from '../../base/iso-time.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import { parseAddress } from '../../proto/mail/address.ts'
import type { StreamName } from '../organization/stream/name.ts'
import { foldAddress } from '../suppression/suppression.ts'
import type { Consent, NewConsent } from './consent.ts'
import { CLOCK_MS } from './limits.ts'
import type { ConsentRequest, consentShape } from './shape.ts'

/** What is wrong with a request: which field of it, and why. */
export interface ConsentFault {
  readonly field: 'email' | 'client_address' | 'given_at'
  readonly code: string
  readonly message: string
}

/** Reads a request to write down a consent, for the command line and the API alike. */
export function consentOf(asked: ConsentRequest, organization: OrganizationId, nowMs: number): Result<NewConsent, ConsentFault> {
  const { email, stream, source, wording, text_version: version = null, client_address: client = null, proof = null, given_at: given } = asked
  const address = consentAddress(email)
  if (!address.ok) return address
  if (client !== null && isIP(client) === 0) return fail({ field: 'client_address', code: 'invalid_address', message: 'is no IP address such as 192.0.2.1' })
  const givenMs = given === undefined ? nowMs : Date.parse(given)
  if (givenMs > nowMs + CLOCK_MS) return fail({ field: 'given_at', code: 'in_future', message: 'lies in the future' })
  // Of a clock that is ahead of ours it is now: whoever unsubscribes in a moment ends it all the same.
  return ok({ organization, id: makeId('g', nowMs), address: address.value, stream: stream as StreamName, source, wording, version, client, proof, givenMs: Math.min(givenMs, nowMs), recordedMs: nowMs })
}

/** The address that somebody agreed under, folded. */
export function consentAddress(text: string): Result<string, ConsentFault> {
  const parsed = parseAddress(text.trim())
  return parsed.ok ? ok(foldAddress(parsed.value.text)) : fail({ field: 'email', code: 'invalid_address', message: 'is no address' })
}

/** A consent as the API and the command line show it. */
export function shownConsent({ id, address, stream, source, wording, version, client, proof, ...when }: Consent): z.infer<typeof consentShape> {
  return {
    ...{ object: 'consent', id, email: address, stream, source, wording, text_version: version, client_address: client, proof },
    ...{ given_at: isoTime(when.givenMs), recorded_at: isoTime(when.recordedMs), withdrawn_at: isoTime(when.withdrawnMs), withdrawn_by: when.withdrawnBy },
  }
}
