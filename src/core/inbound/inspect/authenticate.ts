import type { Domain } from '../../../base/brand.ts'
import { isLasting } from '../../../base/dns.ts'
import { vouchingHop } from '../../../proto/arc/vouched.ts'
import type { MessageFindings, MessageVerifier } from '../../../proto/arc/message-verifier.ts'
import type { KeyAnswer } from '../../../proto/dkim/ask-key.ts'
import { authorDomains } from '../../../proto/dmarc/author.ts'
import { evaluateDmarc } from '../../../proto/dmarc/evaluate.ts'
import type { DmarcOutcome } from '../../../proto/dmarc/outcome.ts'
import { TreeWalks } from '../../../proto/dmarc/walk.ts'
import type { HeaderScan } from '../../../proto/mail/header-scan.ts'
import type { SpfDns } from '../../../proto/spf/dns.ts'
import type { SpfOutcome } from '../../filter/authentication.ts'
import { type Corroboration, decideDmarc, type DmarcDecision, isForgedName } from '../../filter/dmarc-decision.ts'
import type { InspectHouse } from './house.ts'
import { shownDomains } from './shown-domains.ts'

/** What a message proves of who wrote it. */
export interface Proven extends MessageFindings {
  /** Domains of the authors in the first From field; null when it is missing, or does not name them clearly. */
  readonly authors: readonly Domain[] | null
  readonly dmarc: DmarcOutcome
}

/** Judges the signatures of a message. Never rejects for what DNS does, or does not do before `signal`. */
export async function verifiedSignatures({ dns, clock }: Pick<InspectHouse, 'dns' | 'clock'>, verifier: MessageVerifier, signal: AbortSignal): Promise<MessageFindings> {
  return await verifier.finish((name) => askKey(dns, name, signal), clock.nowMs(), signal)
}

/** Judges a message by the policy of its author. The time of `walks` begins after that of its signatures: a stranger's silent key server must not use it up. */
export async function authenticate(signatures: MessageFindings, header: HeaderScan, spf: SpfOutcome, walks: TreeWalks): Promise<Proven> {
  // Two From fields are refused before anybody asks here.
  const [from] = header.authorTexts.from
  const authors = authorsIn(from ?? null)
  const shown = authors === null ? domainsShown(header, from ?? null) : []
  const dmarc = await evaluateDmarc({ authors, shown, isCut: from === null, spf, dkim: signatures.dkim }, walks)
  return { dkim: signatures.dkim, arc: signatures.arc, authors, dmarc }
}

/** The walks of one message, which ask for each name once, whoever wants to know. */
export function walksOf({ dns }: Pick<InspectHouse, 'dns'>, signal: AbortSignal): TreeWalks {
  return new TreeWalks((name, within) => dns.txt(name, within), signal)
}

async function askKey(dns: SpfDns, name: string, signal: AbortSignal): Promise<KeyAnswer> {
  const answer = await dns.txt(name, signal)
  switch (answer.kind) {
    case 'found':
      return { kind: 'texts', texts: answer.records }
    case 'none':
      return { kind: 'none' }
    case 'failed':
      // A selector may be too long for any name: whoever writes such a one must not put off what the policy says.
      return { kind: isLasting(answer.why) ? 'none' : 'temporary' }
  }
}

/** What else is known when DMARC is decided. */
export interface DmarcCircumstances {
  readonly proven: Proven
  readonly header: HeaderScan
  readonly spf: SpfOutcome
  readonly isListed: boolean
  /** What all rules but DMARC's own weigh: asked only when a policy is to be followed. */
  readonly score: () => number
  readonly isTrusted: boolean
  /** The List-Id of a list whose mail is wanted here; null for none. */
  readonly knownList: string | null
  /** Somebody who gets it has said that this source forwards to him. */
  readonly isForwarded: boolean
}

/** What becomes of a message by DMARC. */
export interface Decided extends DmarcDecision {
  /** The domain of ours that it is written in the name of, with nobody to vouch for it; null for none. */
  readonly forged: string | null
}

/** What becomes of a message by its author's policy, and by ours for our own domains. deliverability §5.6. */
export async function dmarcDecision(house: InspectHouse, { proven, header, spf, isListed, score, isTrusted, knownList, isForwarded }: DmarcCircumstances): Promise<Decided> {
  const { dmarc, arc, dkim } = proven
  const hop = vouchingHop(arc, (domain) => house.settings.trustedSealers.has(domain.toLowerCase()))
  const forged = isTrusted ? null : await forgedOwn(house, header, proven, spf)
  const decision = decideDmarc({
    mode: isTrusted ? 'observe' : house.settings.dmarc,
    outcome: dmarc,
    isForgedOwn: forged !== null,
    against: new Against(spf.result, dkim.length > 0, isListed, score),
    inFavour: { trustedSealer: hop?.domain ?? null, knownList, declaredForwarder: isForwarded },
  })
  return { ...decision, forged }
}

/** What speaks against a message, weighed when somebody asks. A class, because an object with an accessor of its own takes longer to make. */
class Against implements Corroboration {
  readonly spf: string
  readonly isSigned: boolean
  readonly isListed: boolean
  readonly #score: () => number

  constructor(spf: string, isSigned: boolean, isListed: boolean, score: () => number) {
    this.spf = spf
    this.isSigned = isSigned
    this.isListed = isListed
    this.#score = score
  }

  get score(): number {
    return this.#score()
  }
}

/** The domain of ours that stands in From, with nobody to vouch for it. In one that can be read in several ways every domain counts: some program will show it. */
async function forgedOwn({ hostedAbove }: InspectHouse, header: HeaderScan, { dkim, authors }: Proven, spf: SpfOutcome): Promise<string | null> {
  const { from } = header.authorTexts
  for (const [at, text] of (from.length === 0 ? [null] : from).entries()) {
    for (const domain of (at === 0 ? authors : authorsIn(text)) ?? domainsShown(header, text)) {
      const hosted = await hostedAbove(domain)
      if (hosted !== null && isForgedName(hosted, spf, dkim)) return hosted
    }
  }
  return null
}

/** The domains of a From field's authors; null when it does not name them clearly, or was too long to be read whole (null). */
function authorsIn(text: string | null): readonly Domain[] | null {
  return text === null ? null : authorDomains(text)
}

/**
 * The domains that a From field shows which names no authors clearly. Of one too long to be read whole (null) there is what its beginning says; where it
 * shows nobody, programs show who sent it.
 */
function domainsShown({ from, authorTexts }: HeaderScan, text: string | null): readonly Domain[] {
  const shown = shownDomains(text ?? from.map(({ host }) => `@${host ?? ''}`).join(' '))
  return shown.length > 0 ? shown : authorTexts.sender.flatMap((each) => (each === null ? [] : shownDomains(each)))
}
