import { isDmarcRecord, parseDmarcRecord } from '../../proto/dmarc/record.ts'
import type { ReportUri } from '../../proto/dmarc/report-uri.ts'
import { organizationOf, TreeWalks } from '../../proto/dmarc/walk.ts'
import type { AskTxt } from '../../proto/dmarc/walk.ts'

/** Where a report may go. */
export interface Destinations {
  readonly to: readonly ReportUri[]
  /** DNS did not answer for some of them: ask again later. */
  readonly undecided: boolean
}

type Consent = { readonly kind: 'yes'; readonly to: readonly ReportUri[] } | { readonly kind: 'no' | 'undecided' }

/**
 * Which addresses of a record may be written to: those of the same organization, and others whose domain says that it takes
 * reports about this one, at an address of its own choice if it likes. Without that, a record could send our reports to anybody.
 * RFC 9990 §4.
 */
export async function destinationsOf(policyDomain: string, uris: readonly ReportUri[], ask: AskTxt, signal: AbortSignal): Promise<Destinations> {
  const walks = new TreeWalks(ask, signal)
  const to = new Map<string, ReportUri>()
  let undecided = false
  for (const uri of uris) {
    const consent = await consentOf(policyDomain, uri, walks, ask, signal)
    if (consent.kind === 'undecided') undecided = true
    if (consent.kind === 'yes') for (const each of consent.to) to.set(each.address, each)
  }
  return { to: [...to.values()], undecided }
}

async function consentOf(policyDomain: string, uri: ReportUri, walks: TreeWalks, ask: AskTxt, signal: AbortSignal): Promise<Consent> {
  if (uri.domain === policyDomain) return { kind: 'yes', to: [uri] }
  const [ours, theirs] = [await walks.walk(policyDomain), await walks.walk(uri.domain)]
  if (ours.failedAt !== null || theirs.failedAt !== null) return { kind: 'undecided' }
  if (organizationOf(ours) === organizationOf(theirs)) return { kind: 'yes', to: [uri] }
  const name = `${policyDomain}._report._dmarc.${uri.domain}`
  if (name.length > MAX_NAME_CHARS) return { kind: 'no' } // §4 (step 4).
  const answer = await ask(name, signal)
  if (answer.kind === 'failed') return { kind: 'undecided' }
  const records = answer.kind === 'found' ? answer.records.filter((text) => isDmarcRecord(text)) : []
  if (records.length === 0) return { kind: 'no' }
  const chosen = records.flatMap((text) => parseDmarcRecord(text)?.aggregateTo ?? [])
  if (chosen.length === 0) return { kind: 'yes', to: [uri] }
  // §4 (step 9): another address at the same host; when it names another host, nobody gets it.
  return chosen.every(({ domain }) => domain === uri.domain) ? { kind: 'yes', to: chosen } : { kind: 'no' }
}

const MAX_NAME_CHARS = 253
