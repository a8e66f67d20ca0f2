import type { Texts } from '../pool/text.ts'
import type { Rates } from '../stats/answer.ts'

/** Who asks for something of those that send to many. */
export type Receiver = 'gmail' | 'yahoo' | 'microsoft' | 'apple'

/** What large receivers ask for, by stable names. deliverability §8.1. */
export type RequirementId =
  | 'spf' | 'dkim' | 'dmarc' | 'ptr' | 'return-path' | 'aligned' | 'tls' | 'spam-rate' | 'one-click' | 'unsubscribed-at-once' | 'own-domains' | 'form' | 'reachable' | 'consent' | 'bounces' | 'streams' | 'forwarding' | 'volume'

/** `unknown`: nobody has looked yet, or there is too little to tell. */
export type RequirementState = 'pass' | 'warn' | 'fail' | 'unknown'

/** One thing that they ask for, how it is with a domain, and what shows it. */
export interface Requirement {
  readonly id: RequirementId
  readonly by: readonly Receiver[]
  readonly state: RequirementState
  readonly evidence: Texts
}

/** What is known of a From domain. What statistics count is the organization's: they do not tell domains of authors apart. */
export interface DomainFacts {
  readonly domain: string
  /** Checks of its records that failed twice; null when it was not looked at yet. */
  readonly failing: readonly string[] | null
  /** When it was looked at last; null as above. */
  readonly lookedMs: number | null
  /** Messages in its name that others reported of, in 30 days: those that passed DMARC, and those that did not. */
  readonly reported: { readonly passed: number; readonly failed: number }
  /** Rates of the last seven days, as receivers see them: `ratesSeen`. */
  readonly rates: Rates
  /** Deliveries that the complaint rate is made of. */
  readonly heard: number
  readonly delivered: number
  /** Days in a row, up to yesterday, with complaints under the limit. */
  readonly goodDays: number
  /** The most that was delivered on one of the last 30 days to Gmail and to Microsoft's mailboxes for everybody. */
  readonly mostADay: number
  /** Deliveries of what goes to many in 30 days, and consents on record. */
  readonly broadcasts: number
  readonly consents: number
}

/** deliverability §8.1 and §4.7. A mitigation is open to whoever was under the limit for seven days. */
export const SPAM = { warn: 0.001, fail: 0.003, least: 1_000 }
const ALIGNED = { pass: 0.98, warn: 0.9, least: 100 }
const TLS = { pass: 0.99, least: 100 }
const BOUNCES = { pass: 0.02, fail: 0.05, least: 500 }
/** From here on a domain is treated as one that sends to many: providers say 5,000 a day, and once is for good. */
export const BULK_FROM = 2_000

const ALL: readonly Receiver[] = ['gmail', 'yahoo', 'microsoft', 'apple']

/** How a domain stands with all that large receivers ask for. Pure. */
export function requirementsOf(facts: DomainFacts): readonly Requirement[] {
  return [...ofRecords(facts), ...ofMail(facts), ...ofProgram()]
}

/** What the checks of its records tell: `merpati dns check` says how to mend it. */
function ofRecords({ domain, failing, lookedMs }: DomainFacts): readonly Requirement[] {
  const looked = (id: RequirementId, by: readonly Receiver[], checks: readonly string[]): Requirement => {
    if (failing === null || lookedMs === null) return { id, by, state: 'unknown', evidence: { en: `${domain} was not looked at yet`, id: `${domain} belum diperiksa` } }
    const bad = checks.filter((check) => failing.includes(check))
    const at = new Date(lookedMs).toISOString().slice(0, 16)
    if (bad.length === 0) return { id, by, state: 'pass', evidence: { en: `in order when looked at on ${at}Z (${checks.join(', ')})`, id: `beres saat diperiksa ${at}Z (${checks.join(', ')})` } }
    return { id, by, state: 'fail', evidence: { en: `${bad.join(', ')} failed, last looked at ${at}Z; "merpati dns check ${domain}" tells what to mend`, id: `${bad.join(', ')} gagal, terakhir diperiksa ${at}Z; perbaikannya ada di "merpati dns check ${domain}"` } }
  }
  return [
    looked('spf', ALL, ['spf']),
    looked('dkim', ALL, ['dkim']),
    looked('dmarc', ALL, ['dmarc']),
    looked('ptr', ['gmail', 'apple'], ['ptr']),
    looked('return-path', ALL, ['return-path']),
    looked('one-click', ['gmail', 'yahoo', 'microsoft'], ['unsubscribe']),
    looked('reachable', ['microsoft'], ['exists', 'mx', 'responsible']),
  ]
}

/** What became of mail. */
function ofMail(facts: DomainFacts): readonly Requirement[] {
  const { reported, rates, heard, delivered, goodDays, mostADay, broadcasts, consents } = facts
  const all = reported.passed + reported.failed
  const percent = (part: number | null): string => `${Number(((part ?? 0) * 100).toFixed(2))} %`
  const aligned = all === 0 ? null : reported.passed / all
  const complaint = rates.complaint
  return [
    { id: 'aligned', by: ALL, state: atLeast(aligned, all, ALIGNED), evidence: { en: `DMARC passed for ${percent(aligned)} of ${all} messages that others reported in 30 days`, id: `DMARC lulus untuk ${percent(aligned)} dari ${all} pesan yang dilaporkan dalam 30 hari` } },
    { id: 'tls', by: ['gmail'], state: atLeast(rates.tls, delivered, { ...TLS, warn: 0 }), evidence: { en: `${percent(rates.tls)} of ${delivered} deliveries of seven days went over TLS`, id: `${percent(rates.tls)} dari ${delivered} pengiriman tujuh hari lewat TLS` } },
    { id: 'spam-rate', by: ['gmail', 'yahoo'], state: below(complaint, heard, { pass: SPAM.warn, fail: SPAM.fail, least: SPAM.least }), evidence: { en: `${percent(complaint)} of ${heard} deliveries of seven days were complained about (0.1 % is too much, 0.3 % never); ${goodDays} days in a row under 0.3 %, 7 are asked for before a mitigation`, id: `${percent(complaint)} dari ${heard} pengiriman tujuh hari dikeluhkan (0,1 % terlalu banyak, 0,3 % jangan pernah); ${goodDays} hari berturut-turut di bawah 0,3 %, 7 diminta sebelum mitigasi` } },
    { id: 'bounces', by: ['yahoo', 'microsoft', 'apple'], state: below(rates.hardBounce, delivered, BOUNCES), evidence: { en: `${percent(rates.hardBounce)} of what was tried in seven days bounced for good; such recipients are not written to again`, id: `${percent(rates.hardBounce)} yang dicoba dalam tujuh hari ditolak permanen; penerima itu tidak dikirimi lagi` } },
    { id: 'volume', by: ALL, state: 'pass', evidence: { en: `at most ${mostADay} deliveries a day to Gmail and Outlook.com in 30 days: ${mostADay >= BULK_FROM ? 'all of this holds' : `all of this is asked from ${BULK_FROM} on`}; new addresses of ours begin slowly`, id: `paling banyak ${mostADay} pengiriman sehari ke Gmail dan Outlook.com dalam 30 hari: ${mostADay >= BULK_FROM ? 'semua syarat ini berlaku' : `semua syarat ini berlaku mulai ${BULK_FROM}`}; alamat baru mulai perlahan` } },
    { id: 'consent', by: ['yahoo', 'microsoft', 'apple'], state: consentState(broadcasts, consents), evidence: { en: `${consents} consents are on record; ${broadcasts} deliveries of 30 days went to many`, id: `${consents} persetujuan tercatat; ${broadcasts} pengiriman 30 hari ditujukan ke banyak orang` } },
  ]
}

/** What the program does by itself, whoever sends. */
function ofProgram(): readonly Requirement[] {
  const always = (id: RequirementId, by: readonly Receiver[], en: string, id2: string): Requirement => ({ id, by, state: 'pass', evidence: { en, id: id2 } })
  return [
    always('unsubscribed-at-once', ['gmail', 'yahoo'], 'whoever unsubscribes is not written to from that moment on', 'siapa pun yang berhenti berlangganan langsung tidak dikirimi lagi'),
    always('own-domains', ['gmail'], 'From is taken of domains of the organization only', 'From hanya diterima dari domain organisasi sendiri'),
    always('form', ['gmail'], 'a From that was checked, a Date and a Message-ID: what is missing is added', 'From yang sudah diperiksa, Date, dan Message-ID: yang kurang ditambahkan'),
    always('streams', ['apple'], 'transactional mail and what goes to many have streams, priorities and pools of their own', 'surat transaksional dan surat massal punya aliran, prioritas, dan pool sendiri'),
    always('forwarding', ALL, 'what is forwarded has SRS and an ARC seal', 'surat terusan memakai SRS dan segel ARC'),
  ]
}

function atLeast(share: number | null, of: number, { pass, warn, least }: { readonly pass: number; readonly warn: number; readonly least: number }): RequirementState {
  if (share === null || of < least) return 'unknown'
  if (share >= pass) return 'pass'
  return share >= warn ? 'warn' : 'fail'
}

function below(share: number | null, of: number, { pass, fail, least }: { readonly pass: number; readonly fail: number; readonly least: number }): RequirementState {
  if (share === null || of < least) return 'unknown'
  if (share < pass) return 'pass'
  return share < fail ? 'warn' : 'fail'
}

/** Consent may be kept elsewhere: that there is none here is worth a look, no more. */
function consentState(broadcasts: number, consents: number): RequirementState {
  if (broadcasts === 0) return 'unknown'
  return consents > 0 ? 'pass' : 'warn'
}
