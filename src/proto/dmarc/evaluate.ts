import { eachAtOnce } from '../../base/each-at-once.ts'
import type { Domain } from '../../base/brand.ts'
import type { DkimFinding } from '../dkim/finding.ts'
import { alignedDomains } from './align.ts'
import type { Alignment, Identifiers } from './align.ts'
import { discover } from './discover.ts'
import type { Discovery } from './discover.ts'
import { MAX_AUTHOR_DOMAINS, MAX_IDENTIFIERS } from './limits.ts'
import type { DmarcOutcome, DmarcReason } from './outcome.ts'
import type { DmarcPolicy, DmarcRecord } from './record.ts'
import type { TreeWalks } from './walk.ts'

/** What is known of a message when DMARC is asked. */
export interface DmarcInput {
  /** Distinct domains of From, of `authorDomains`; null when they cannot be told. */
  readonly authors: readonly Domain[] | null
  /** Where the authors cannot be told: every domain that some program would show as theirs. */
  readonly shown?: readonly Domain[]
  /** Is From too long to be read whole? Then others may stand behind those that are shown. */
  readonly isCut?: boolean
  /** SPF of the MAIL FROM identity, whose domain is that of HELO for the null sender only; null when it was not checked. RFC 9989 §4.4.2. */
  readonly spf: { readonly result: string; readonly domain: string | null } | null
  readonly dkim: readonly Pick<DkimFinding, 'result' | 'domain'>[]
}

const STRENGTH: Readonly<Record<DmarcPolicy, number>> = { none: 0, quarantine: 1, reject: 2 }
/** `t=y`. RFC 9989 §4.7. */
const ONE_STEP_MILDER: Readonly<Record<DmarcPolicy, DmarcPolicy>> = { none: 'none', quarantine: 'none', reject: 'quarantine' }

/**
 * Judges a message by the policy that its author's domain has published. RFC 9989 §5.3.
 *
 * Pure but for the questions that `walks` asks: at most eight for the author and each identifier that may be aligned. A temporary
 * failure only counts where its answer could have made the message pass: strangers cannot switch a policy off with a name whose
 * servers are silent.
 */
export async function evaluateDmarc(input: DmarcInput, walks: TreeWalks): Promise<DmarcOutcome> {
  const [author, ...more] = input.authors ?? []
  if (author === undefined) return await judgeSeveral(input.shown ?? [], 'no-author', input, walks)
  if (more.length > 0) return await judgeSeveral([author, ...more], 'several-authors', input, walks)
  return await judge(author, input, walks)
}

/** RFC 9989 §5.3.1: DMARC cannot judge them, and what becomes of them is our choice. Such a message never passes, and the strictest policy of those that it fails is for it. */
async function judgeSeveral(authors: readonly Domain[], why: 'several-authors' | 'no-author', input: DmarcInput, walks: TreeWalks): Promise<DmarcOutcome> {
  const areAll = authors.length <= MAX_AUTHOR_DOMAINS && input.isCut !== true
  let worst: DmarcOutcome | null = null
  // All at once: one whose servers are silent must not take the time of the others.
  for (const outcome of await eachAtOnce(authors.slice(0, MAX_AUTHOR_DOMAINS), async (author) => await judge(author, input, walks))) {
    if (worst === null || STRENGTH[outcome.applies] > STRENGTH[worst.applies]) worst = outcome
  }
  if (worst === null) return { ...NOTHING, result: 'permerror', reasons: [why], applies: areAll ? 'none' : 'quarantine', queries: walks.queries }
  // Who hides an author behind many others gains nothing by it.
  const applies = areAll || worst.applies !== 'none' ? worst.applies : 'quarantine'
  return { ...worst, applies, result: 'permerror', reasons: [why, ...worst.reasons], queries: walks.queries }
}

async function judge(author: Domain, input: DmarcInput, walks: TreeWalks): Promise<DmarcOutcome> {
  const discovery = await discover(author, walks)
  const about = { ...NOTHING, author, organization: discovery.organization, policyDomain: discovery.policyDomain }
  const { record } = discovery
  if (record === null) {
    const result = discovery.failed ? 'temperror' : 'none'
    return { ...about, result, reasons: [...discovery.reasons, discovery.failed ? 'dns' : 'no-record'], queries: walks.queries }
  }
  const known: DmarcOutcome = { ...about, record, reasons: discovery.reasons, queries: walks.queries }
  if (record.standing === 'ignored') return { ...known, result: 'permerror', reasons: [...known.reasons, 'invalid-policy'] }
  const aligned = await alignedDomains(author, record, identifiersOf(input), discovery, walks)
  return await conclude(known, record, aligned, discovery, walks)
}

async function conclude(known: DmarcOutcome, record: DmarcRecord, aligned: Alignment, discovery: Discovery, walks: TreeWalks): Promise<DmarcOutcome> {
  const passed = aligned.spf !== null || aligned.dkim.length > 0
  const { tag, published, exists, unsure } = await policyFor(record, discovery, passed, walks)
  const reasons: DmarcReason[] = [...known.reasons]
  if (record.standing === 'as-none') reasons.push('invalid-policy')
  if (exists === false) reasons.push('no-such-domain')
  if (record.testing) reasons.push('testing')
  const organization = aligned.organization ?? known.organization
  const about = { ...known, organization, tag, published, exists, spfAligned: aligned.spf, dkimAligned: aligned.dkim, queries: walks.queries }
  if (passed) return { ...about, result: 'pass', reasons }
  if (unsure || aligned.unsure.length > 0) return { ...about, result: 'temperror', reasons: [...reasons, ...aligned.unsure, ...(unsure ? ['dns' as const] : [])] }
  return { ...about, result: 'fail', reasons, applies: record.testing ? ONE_STEP_MILDER[published] : published }
}

interface Chosen {
  readonly tag: 'p' | 'sp' | 'np'
  readonly published: DmarcPolicy
  readonly exists: boolean | null
  /** Which policy it is could not be learned: the milder one was taken. */
  readonly unsure: boolean
}

/** `p` for the domain itself, else `np` or `sp`, each falling back to the one before. RFC 9989 §4.10.1. */
async function policyFor(record: DmarcRecord, { isOwn, author }: Discovery, passed: boolean, walks: TreeWalks): Promise<Chosen> {
  if (isOwn) return { tag: 'p', published: record.policy, exists: null, unsure: false }
  const existing = record.subdomains ?? record.policy
  const usual = { tag: record.subdomains === null ? 'p' as const : 'sp' as const, published: existing, unsure: false }
  // Nobody has to be asked about a message that passed.
  if (passed) return { ...usual, exists: null }
  const exists = await walks.exists(author)
  if (record.nonexistent === null || exists === true) return { ...usual, exists }
  const other = { tag: 'np' as const, published: record.nonexistent, unsure: exists === null && record.nonexistent !== existing }
  return exists === false || STRENGTH[record.nonexistent] < STRENGTH[existing] ? { ...other, exists } : { ...usual, unsure: other.unsure, exists }
}

function identifiersOf({ spf, dkim }: DmarcInput): Identifiers {
  const signatures = dkim.flatMap(({ result, domain }) => (domain !== null && (result === 'pass' || result === 'temperror') ? [{ domain, result }] : []))
  const counts = spf !== null && spf.domain !== null && (spf.result === 'pass' || spf.result === 'temperror')
  return {
    spf: counts ? { domain: (spf.domain ?? '').toLowerCase(), result: spf.result === 'pass' ? 'pass' : 'temperror' } : null,
    dkim: signatures.slice(0, MAX_IDENTIFIERS - 1).map(({ domain, result }) => ({ domain, result: result === 'pass' ? 'pass' : 'temperror' })),
  }
}

const NOTHING: DmarcOutcome = {
  result: 'none', reasons: [], author: null, organization: null, policyDomain: null, record: null, tag: null, published: null, applies: 'none',
  spfAligned: null, dkimAligned: [], exists: null, queries: 0,
}
