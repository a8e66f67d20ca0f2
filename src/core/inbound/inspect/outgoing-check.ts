import type { Clock } from '../../../base/clock.ts'
import { timeLimit } from '../../../base/time-limit.ts'
import type { Reply } from '../../../proto/smtp/reply.ts'
import { knownDomains } from '../../filter/check/lookalike.ts'
import type { DnsLists } from '../../filter/dnslist/dns-lists.ts'
import { type ListHit, listFindings } from '../../filter/dnslist/list-session.ts'
import { linkSubjects } from '../../filter/dnslist/subjects.ts'
import { contentVerdict } from '../../filter/content-findings.ts'
import type { Finding } from '../../filter/finding.ts'
import type { MailContent } from '../../filter/mail-content.ts'
import { judge } from '../../filter/judge.ts'
import { LOOK_UP_WITHIN_MS } from '../../filter/network/limits.ts'
import { judgeOutgoing } from '../../filter/outbound/content.ts'
import { type Scan, type ScanOptions, scanMessage } from '../../filter/scan/scan.ts'
import { ALL_RULES } from '../../filter/table/all.ts'
import type { CheckRun, InspectionTold } from '../../filter/told.ts'
import { listsSaid } from './checks-run.ts'
import { beginningOf, contentFound, contentOf } from './content.ts'
import { hardOfScan, scanWord } from './hard-of-scan.ts'
import type { InspectSettings } from './house.ts'
import type { ReadMessage } from './inspected.ts'
import { toldOf } from './outcome.ts'

const NO_DOMAINS = knownDomains([])

/** What the checks of mail that accounts and keys send are made of. */
export interface OutgoingHouse {
  readonly scan: ScanOptions
  readonly lists: Pick<DnsLists, 'session' | 'usable'>
  readonly settings: Pick<InspectSettings, 'thresholds' | 'scores' | 'attachments'>
  readonly clock: Clock
  /** What became of a message, for the counters. */
  readonly count: (verdict: string, by: string) => void
}

/** Who sends, and to whom: what scanners are told beside the message. */
export interface OutgoingEnvelope {
  readonly client: { readonly address: string; readonly port: number }
  readonly helo: string
  /** '' for the null sender. */
  readonly from: string
  readonly recipients: readonly string[]
  /** The account or the key. */
  readonly login: string
  readonly smtpUtf8: boolean
}

/** A message that we compose of words, without files. Taking its bytes apart would give the same words again. */
export interface WrittenMessage extends Pick<ReadMessage, 'id' | 'open'> {
  readonly content: MailContent
}

/** What becomes of it. `reply`: 5yz for good, 4yz for now. */
export type OutgoingVerdict =
  | { readonly kind: 'send'; readonly told: InspectionTold }
  | { readonly kind: 'hold'; readonly why: string; readonly told: InspectionTold }
  | { readonly kind: 'refuse'; readonly isMalware: boolean; readonly reply: Reply; readonly told: InspectionTold }

/**
 * Reads a message that one of ours sends with the rules that strangers' mail is read with. Scanners may refuse it; what is like phishing is held until an
 * operator has looked. Who has logged in is not weighed for where he is. deliverability §5.1, §5.9.
 */
export async function checkOutgoing(house: OutgoingHouse, message: ReadMessage | WrittenMessage, envelope: OutgoingEnvelope): Promise<OutgoingVerdict> {
  const { scan: scanners, settings, count, lists } = house
  const [scan, found] = await Promise.all([scanned(scanners, message, envelope), look(house, message, envelope)])
  const checks: readonly CheckRun[] = [
    { check: 'dns-lists', result: listsSaid(lists.usable().length, found.hits.length), detail: null },
    { check: 'content', result: found.findings.length === 0 ? 'clear' : 'found', detail: found.findings.length === 0 ? null : `${found.findings.length} rules` },
    { check: 'scanners', result: scanners.scanners.length === 0 ? 'none' : scanWord(scan), detail: scan.hard?.name ?? null },
  ]
  const findings = [...found.findings, ...listFindings(found.hits), ...scan.findings]
  const hard = hardOfScan(scan)
  const one = { recipient: envelope.recipients[0] ?? '', list: { kind: 'none' }, findings: [], thresholds: settings.thresholds } as const
  const [refused] = hard.length === 0 ? [] : judge({ findings: scan.findings, hard, recipients: [one], rules: ALL_RULES, overrides: settings.scores, reference: message.id })
  if (refused !== undefined && refused.reply !== null) {
    const verdict = refused.kind === 'defer' ? 'defer' : 'reject'
    count(verdict, refused.because)
    return { kind: 'refuse', isMalware: scan.hard !== null, reply: refused.reply, told: toldOf(verdict, refused, checks) }
  }
  const { held, ...judged } = judgeOutgoing(findings, settings.scores)
  count(held === null ? 'accept' : 'hold', held?.by ?? 'score')
  if (held === null) return { kind: 'send', told: toldOf('accept', { ...judged, because: 'score' }, checks) }
  return { kind: 'hold', why: held.why, told: toldOf('hold', { ...judged, because: held.by }, checks) }
}

async function scanned(scan: ScanOptions, message: Pick<ReadMessage, 'id' | 'open'>, { client, helo, from, recipients, login }: OutgoingEnvelope): Promise<Scan> {
  const signal = new AbortController().signal // Each scanner has its own deadline.
  return await scanMessage(scan, { id: message.id, client: { ...client, name: null }, helo, from, recipients, login, open: () => message.open(signal) }, signal)
}

/** What its content tells, and what lists know of its links. */
async function look(house: OutgoingHouse, message: ReadMessage | WrittenMessage, { smtpUtf8 }: OutgoingEnvelope): Promise<{ readonly findings: readonly Finding[]; readonly hits: readonly ListHit[] }> {
  // Nobody is believed to be a company because his domain is served here: anybody's may be.
  const facts = { nowMs: house.clock.nowMs(), smtputf8: smtpUtf8, isAuthorProven: true, hosted: NO_DOMAINS, isKnownSender: false, attachments: house.settings.attachments }
  if ('content' in message) return { findings: contentVerdict(message.content, facts).findings, hits: await linksListed(house.lists, message.content) }
  const beginning = await beginningOf(message)
  const content = contentOf(message, beginning)
  const [{ findings }, hits] = await Promise.all([contentFound(content, facts, message, beginning), linksListed(house.lists, content)])
  return { findings, hits }
}

async function linksListed(lists: OutgoingHouse['lists'], { urls }: MailContent): Promise<readonly ListHit[]> {
  const session = lists.session()
  return session.isAsking && urls.length > 0 ? await session.about(linkSubjects(urls.map(({ host }) => host)), timeLimit(LOOK_UP_WITHIN_MS)) : []
}
