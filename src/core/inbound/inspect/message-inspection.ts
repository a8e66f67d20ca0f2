import { eachAtOnce } from '../../../base/each-at-once.ts'
import { timeLimit } from '../../../base/time-limit.ts'
import { MessageVerifier } from '../../../proto/arc/message-verifier.ts'
import { authenticationResults } from '../../../proto/mail/auth-results.ts'
import type { HeaderScan } from '../../../proto/mail/header-scan.ts'
import { MAX_HEADER_BYTES } from '../../../proto/mail/limits.ts'
import { authenticationReport } from '../../filter/auth-results.ts'
import { autoLearn } from '../../filter/bayes/auto-learn.ts'
import { learnedMail, senderPrint } from '../../filter/bayes/read-mail.ts'
import { packTokens } from '../../filter/bayes/pack.ts'
import { readTraits } from '../../filter/bayes/traits.ts'
import { readerCheck } from '../../filter/check/stranger.ts'
import { type DmarcDecision, OWN_DOMAIN } from '../../filter/dmarc-decision.ts'
import { listFindings, type ListSession } from '../../filter/dnslist/list-session.ts'
import type { ListSubject } from '../../filter/dnslist/list.ts'
import { domainSubjects, linkSubjects } from '../../filter/dnslist/subjects.ts'
import { listWeight } from '../../filter/dnslist/weight.ts'
import { type Finding, finding } from '../../filter/finding.ts'
import { forOneReply, type HardVerdict, judge, sumOf, type Thresholds, type Verdict, weightOf } from '../../filter/judge.ts'
import { LOOK_UP_WITHIN_MS } from '../../filter/network/limits.ts'
import { type Scan, scanMessage, type ScanOptions } from '../../filter/scan/scan.ts'
import { ALL_RULES, RULES_OF_WHO } from '../../filter/table/all.ts'
import { AUTHENTICATION_RULES } from '../../filter/table/authentication.ts'
import type { Transaction } from '../session.ts'
import { acquaintance, listSource, vouchedDomain } from './acquaintance.ts'
import { authenticate, type Decided, dmarcDecision, type Proven, verifiedSignatures, walksOf } from './authenticate.ts'
import { bimiMethod, lookUpBimi } from './bimi.ts'
import { checksRun } from './checks-run.ts'
import { type ClientFacts, iprevOutcome, spfOutcome } from './client-facts.ts'
import { beginningOf, contentFound, contentOf } from './content.ts'
import { hardOfScan } from './hard-of-scan.ts'
import type { InspectHouse } from './house.ts'
import type { Inspected, MessageInspection, ReadMessage } from './inspected.ts'
import { outcomeOf } from './outcome.ts'
import { entriesOf, type LearnedFacts, type Reader, readersOf, recipientCase, whoWroteTo } from './recipient-facts.ts'

/** Scores of what a peer is: nothing, for one that is exempt from being weighed for it. */
const WEIGHTLESS: ReadonlyMap<string, number> = new Map(RULES_OF_WHO.map((rule) => [rule, 0]))

const NOT_SCANNED: Scan = { findings: [], hard: null, defer: false, reply: null, changes: [] }

/** Who brought a message, and who is proven to have written it. */
interface Came {
  readonly proven: Proven
  readonly client: ClientFacts
  readonly spf: ReturnType<typeof spfOutcome>
}

/** The checks of one message from a stranger: who wrote it, what is in it, who wants it. */
export class StrangersMessage implements MessageInspection {
  readonly #house: InspectHouse
  readonly #transaction: Transaction
  readonly #client: Promise<ClientFacts>
  readonly #lists: ListSession
  readonly #verifier = new MessageVerifier()

  constructor(house: InspectHouse, transaction: Transaction, client: Promise<ClientFacts>, lists: ListSession) {
    this.#house = house
    this.#transaction = transaction
    this.#client = client
    this.#lists = lists
  }

  push(bytes: Uint8Array): void {
    this.#verifier.push(bytes)
  }

  async finish(message: ReadMessage): Promise<Inspected> {
    // What is held was not pushed. Nothing is signed in most spam, nor in what programs send to each other: then there is nothing to verify.
    if (message.head.length === message.size && isSigned(message.header)) this.#verifier.push(message.head)
    const beginning = message.head.length < message.size ? await beginningOf(message) : message.head
    const house = this.#house
    const client = await this.#client
    const spf = spfOutcome(client.spf)
    const scanning = house.scan === null ? null : this.#scan(house.scan, message, client)
    scanning?.catch(() => {}) // It is awaited below, after what may throw before.
    const signatures = await verifiedSignatures(house, this.#verifier, timeLimit(LOOK_UP_WITHIN_MS))
    const signal = timeLimit(LOOK_UP_WITHIN_MS)
    const walks = walksOf(house, signal)
    const proven = await authenticate(signatures, message.header, spf, walks)
    const bimi = await lookUpBimi(house.dns, proven, message.header, beginning, walks, signal)
    const scan = scanning === null ? NOT_SCANNED : await scanning
    const { session } = this.#transaction
    const authentication = authenticationReport({ tls: session.tls, iprev: iprevOutcome(client.reverse, session.peer.address), spf, dkim: proven.dkim, arc: proven.arc, dmarc: proven.dmarc })
    const readers = readersOf(this.#transaction.recipients)
    const found = await this.#look(message, beginning, { proven, client, spf }, readers)
    const entries = await eachAtOnce(readers, (reader) => entriesOf(house, reader, found.learned))
    const overrides = this.#overrides()
    const known = [...client.findings, ...authentication.findings, ...found.findings, ...scan.findings]
    const circumstances = { proven, header: message.header, spf, isListed: listWeight(client.hits).weight > 0, score: () => withoutDmarc(known, overrides), isTrusted: house.isTrusted(session.peer.address), knownList: found.learned.acquaintance.knownList, isForwarded: entries.some(({ entries: { forwarder } }) => forwarder !== null) }
    const decision = await dmarcDecision(house, circumstances)
    const findings = isOwn(decision) ? [...known, finding('OWN_DOMAIN_FORGED', decision.forged)] : known
    this.#tell(proven, decision, spf)
    const cases = await eachAtOnce(entries, (each) => recipientCase(house, each, found.learned))
    const hard = hardOf(scan, found.attachment, decision, proven)
    const verdicts = judge({ findings, hard, recipients: cases, rules: ALL_RULES, overrides, reference: message.id })
    this.#learn(message, found.learned, verdicts)
    const inspected = this.#concluded(message, readers, verdicts, cases.map(({ thresholds }) => thresholds), authenticationResults(house.hostname, [...authentication.methods, bimiMethod(bimi)]), checksRun({ client, proven, bimi, decision, scan, found: found.findings, cases, house }))
    if (inspected.kind === 'taken') this.#note(found.learned, readers.filter((_, at) => verdicts[at]?.kind === 'accept' && !verdicts[at].isTagged))
    return inspected
  }

  /** Reads the content, and asks the lists for what it links to. */
  async #look(message: ReadMessage, beginning: Uint8Array, { proven, client, spf }: Came, readers: readonly Reader[]): Promise<{ readonly findings: readonly Finding[]; readonly attachment: HardVerdict | null; readonly learned: LearnedFacts }> {
    const house = this.#house
    const { dmarc, dkim } = proven
    const content = contentOf(message, beginning)
    const aligned = dmarc.result === 'pass' ? dmarc.author : null
    const { address } = senderPrint(content, aligned)
    const isProven = vouchedDomain(proven, spf) !== null
    const list = listSource(message.header, beginning, this.#transaction.session.peer.address, spf)
    const hosted = await house.hosted()
    const [knownTo, met] = await Promise.all([whoWroteTo(house, readers, isProven ? address : ''), acquaintance(house, readers, { address, isProven, list })])
    const facts = { nowMs: house.clock.nowMs(), smtputf8: this.#transaction.sender.smtpUtf8, isAuthorProven: aligned !== null, hosted, isKnownSender: knownTo.size > 0, attachments: house.settings.attachments }
    const { findings, hard } = await contentFound(content, facts, message, beginning)
    const signers = dkim.flatMap(({ result, domain }) => (result === 'pass' && domain !== null ? [domain] : []))
    const subjects = (): readonly ListSubject[] => [...linkSubjects(content.urls.map(({ host }) => host)), ...domainSubjects([dmarc.author, ...signers])]
    const hits = this.#lists.isAsking ? await this.#lists.about(subjects(), timeLimit(LOOK_UP_WITHIN_MS)) : []
    const { session: { peer, helo }, sender } = this.#transaction
    const learned: LearnedFacts = {
      mail: learnedMail(content, () => readTraits(beginning, message.header, message.index)),
      entryFacts: { client: peer.address, ehlo: helo, from: content.from.map((author) => author.address), envelope: sender.from?.domain ?? null, signers, links: hostsOf(content.urls), recipient: null },
      proof: { aligned, spf: client.spf.verdict === 'pass' && client.spf.identity === 'mailfrom' ? client.spf.domain : null, isEhloVerified: client.leads === 'to-client' },
      provenAuthor: isProven && address !== '' ? address : null, knownTo, check: readerCheck(content, facts), acquaintance: met,
    }
    return { findings: [...findings, ...listFindings(hits), ...(isProven ? [] : this.#wave(message, beginning))], attachment: hard === null ? null : { kind: 'attachment', attachment: hard }, learned }
  }

  /** One text that comes from many places at once. What this machine and its neighbours bring is counted by nobody. */
  #wave({ header }: ReadMessage, beginning: Uint8Array): readonly Finding[] {
    const { spikes, isExempt } = this.#house
    const { address } = this.#transaction.session.peer
    const nets = isExempt(address) ? null : spikes.came(beginning, header.end, address)
    return nets === null ? [] : [finding('BODY_SPIKE', `${nets} nets`)]
  }

  async #scan(scan: ScanOptions, message: ReadMessage, client: ClientFacts): Promise<Scan> {
    const { session, sender, recipients } = this.#transaction
    const name = client.reverse.kind === 'verified' ? client.reverse.name : null
    const signal = new AbortController().signal // Each scanner has its own deadline.
    return await scanMessage(scan, {
      id: message.id, client: { address: session.peer.address, port: session.peer.port, name }, helo: session.helo, from: sender.from?.text ?? '',
      recipients: recipients.map(({ address }) => address), login: null, open: () => message.open(signal),
    }, signal)
  }

  #overrides(): ReadonlyMap<string, number> {
    const { settings, isExempt } = this.#house
    if (!isExempt(this.#transaction.session.peer.address)) return settings.scores
    return settings.scores.size === 0 ? WEIGHTLESS : new Map([...settings.scores, ...WEIGHTLESS])
  }

  #tell({ dmarc, dkim }: Proven, decision: DmarcDecision, spf: ReturnType<typeof spfOutcome>): void {
    const { session, sender, recipients } = this.#transaction
    this.#house.judged({ source: session.peer.address, outcome: dmarc, decision, envelopeFrom: sender.from?.domain ?? '', spf, dkim, recipients: recipients.map(({ address }) => address) })
  }

  /** Remembers who wrote, and who brought it, when somebody wanted it. */
  #note({ acquaintance: met }: LearnedFacts, wanting: readonly Reader[]): void {
    if (wanting.length === 0) return
    met.wanted(wanting)
    this.#house.guard.tookFrom(this.#transaction.session.peer.address)
  }

  /** Learns from what is beyond doubt, when nobody's word was in it. */
  #learn({ id }: ReadMessage, { mail }: LearnedFacts, verdicts: readonly Verdict[]): void {
    const [first] = verdicts
    if (first === undefined) return
    const score = sumOf(first.reasons.filter(({ rule }) => !/^(?:BAYES|JUNKED)_/.test(rule)))
    const learned = autoLearn(score, () => mail.tokens.reduce((sum, token) => (sum ^ token) & 0xff, 0)) // A repetition has the same tokens.
    if (learned !== null) this.#house.learnAlone({ message: id, atMs: this.#house.clock.nowMs(), tokens: packTokens(mail.tokens), class: learned })
  }

  #concluded(message: ReadMessage, readers: readonly Reader[], verdicts: readonly Verdict[], thresholds: readonly Thresholds[], results: string, checks: ReturnType<typeof checksRun>): Inspected {
    const final = forOneReply(verdicts)
    const inspected = outcomeOf({ readers, verdicts: final, results, checks, thresholds, reference: message.id })
    this.#house.count(inspected.told.verdict, final[0]?.because ?? 'score')
    return inspected
  }
}

/** Each host once. */
function hostsOf(urls: readonly { readonly host: string }[]): readonly string[] {
  return [...new Set(urls.map(({ host }) => host))]
}

/** Is there a field that the verifier looks at, or a header that it will not read? */
function isSigned({ names, end }: HeaderScan): boolean {
  return end > MAX_HEADER_BYTES || ['dkim-signature', 'arc-seal', 'arc-message-signature', 'arc-authentication-results'].some((name) => names.has(name))
}

/** What speaks against a message besides what DMARC itself says. */
function withoutDmarc(findings: readonly Finding[], overrides: ReadonlyMap<string, number>): number {
  return weightOf(findings.filter(({ rule }) => !(rule.startsWith('DMARC_') && Object.hasOwn(AUTHENTICATION_RULES, rule))), ALL_RULES, overrides)
}

function isOwn({ because }: DmarcDecision): boolean {
  return because.includes(OWN_DOMAIN)
}

function hardOf(scan: Scan, attachment: HardVerdict | null, decision: Decided, { dmarc }: Proven): readonly HardVerdict[] {
  const hard: HardVerdict[] = [...hardOfScan(scan)]
  if (attachment !== null) hard.push(attachment)
  const domain = dmarc.policyDomain ?? dmarc.author ?? 'its author'
  if (decision.action === 'reject' && isOwn(decision)) hard.push({ kind: 'forged', domain: decision.forged ?? domain })
  else if (decision.action !== 'score') hard.push({ kind: 'dmarc', what: decision.action, domain })
  return hard
}
