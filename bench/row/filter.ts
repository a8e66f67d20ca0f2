import type { Buffer } from 'node:buffer'
import type { MessageId } from '../../src/base/brand.ts'
import { makeId } from '../../src/base/ids.ts'
import { authenticationReport } from '../../src/core/filter/auth-results.ts'
import { learnedFindings, learnedMail, type LearnedMail } from '../../src/core/filter/bayes/read-mail.ts'
import { readTraits } from '../../src/core/filter/bayes/traits.ts'
import type { EntryFacts } from '../../src/core/filter/entry/facts.ts'
import { decideByEntries } from '../../src/core/filter/entry/precedence.ts'
import type { Finding } from '../../src/core/filter/finding.ts'
import { judge, type Verdict } from '../../src/core/filter/judge.ts'
import type { MailContent } from '../../src/core/filter/mail-content.ts'
import { ALL_RULES } from '../../src/core/filter/table/all.ts'
import { verdictFields } from '../../src/core/filter/verdict-fields.ts'
import { transitRules } from '../../src/core/inbound/mend.ts'
import { authenticate, type Proven, verifiedSignatures, walksOf } from '../../src/core/inbound/inspect/authenticate.ts'
import { type ClientFacts, clientFacts, iprevOutcome, spfOutcome } from '../../src/core/inbound/inspect/client-facts.ts'
import { contentFound, contentOf } from '../../src/core/inbound/inspect/content.ts'
import type { Inspected, ReadMessage } from '../../src/core/inbound/inspect/inspected.ts'
import { StrangersConnection } from '../../src/core/inbound/inspect/strangers-connection.ts'
import { MessageVerifier } from '../../src/proto/arc/message-verifier.ts'
import { authorDomains } from '../../src/proto/dmarc/author.ts'
import { evaluateDmarc } from '../../src/proto/dmarc/evaluate.ts'
import { TreeWalks } from '../../src/proto/dmarc/walk.ts'
import { authenticationResults } from '../../src/proto/mail/auth-results.ts'
import { checkSpf } from '../../src/proto/spf/check.ts'
import { scanHeader } from '../../src/proto/mail/header-scan.ts'
import { indexMessage } from '../../src/proto/mail/mime-index.ts'
import { type BenchOptions, type Figure, median, spread } from '../figure.ts'
import { type RspamdTimes, rspamdTimes } from '../peers/rspamd.ts'
import { openFilterHouse, type FilterHouse } from '../tool/filter-house.ts'
import { type FilterMail, filterMails } from '../tool/filter-mail.ts'

/** Messages of one kind in a round. */
const MESSAGES = 300

/** Rounds before those that count: a server runs for weeks, and what the compiler has not seen thousands of times it has not made fast yet. */
const WARM_UP = 12

/** architecture §8: everything but scanners outside, on a message of 10 KiB. */
const GOAL_US = 350

const NEVER = new AbortController().signal

/** What the checks of mail cost: microseconds of CPU for each stage and for all of them, DNS cached, and rspamd on the same messages by its own clock. */
export async function filter({ rounds, say }: BenchOptions): Promise<readonly Figure[]> {
  const made = await filterMails()
  await using opened = await openFilterHouse(made)
  const measured: Measured[] = []
  for (const mail of made.mails) measured.push({ mail, stages: await stagesOf(opened, mail), rounds: new Map() })
  for (let round = 1 - WARM_UP; round <= rounds; round++) {
    // Stage after stage over all kinds: a compiler that knows one kind only would be too clever.
    for (const each of measured) {
      for (const [stage, once] of Object.entries(each.stages)) {
        const micros = await cpuMicros(once)
        if (round > 0) each.rounds.set(stage, [...(each.rounds.get(stage) ?? []), micros])
      }
    }
    say(`filter, ${round <= 0 ? 'warm-up' : `round ${round}`}: ${measured.map(({ mail, rounds }) => `${mail.kind} ${(rounds.get(ALL)?.at(-1) ?? 0).toFixed(0)}`).join(', ')}`)
  }
  return [...figuresOf(measured), ...peerFigures(measured, await rspamdTimes(made, say))]
}

/** The stage that all others are part of. */
const ALL = 'all together'

interface Measured {
  readonly mail: FilterMail
  readonly stages: Readonly<Record<string, () => unknown>>
  /** Microseconds by stage, one for each round. */
  readonly rounds: Map<string, number[]>
}

/** What one stage hands to the next. */
interface Known {
  readonly message: ReadMessage
  readonly client: ClientFacts
  readonly proven: Proven
  readonly content: MailContent
  readonly found: readonly Finding[]
  readonly learned: LearnedMail
  readonly facts: EntryFacts
  readonly verdict: Verdict
}

/** The stages over one message, each alone, with what stages before it found out. */
async function stagesOf({ house, transaction }: FilterHouse, { bytes }: FilterMail): Promise<Measured['stages']> {
  const { session, sender, recipients } = transaction
  const [recipient] = recipients
  const [receiver] = recipient?.receivers ?? []
  if (recipient === undefined || receiver === undefined) throw new Error('there is one recipient')
  const message = readMessage(bytes)
  const aboutClient = (): Promise<ClientFacts> => clientFacts(house, house.lists.session(), session, sender)
  const spf = (): ReturnType<typeof checkSpf> =>
    checkSpf({ client: session.peer.address, helo: session.helo, mailFrom: sender.from?.text ?? '', receiver: house.hostname, nowMs: house.clock.nowMs() }, house.dns, NEVER)
  const client = await aboutClient()
  const signatures = async (): Promise<Awaited<ReturnType<MessageVerifier['finish']>>> => {
    const verifier = new MessageVerifier()
    verifier.push(bytes)
    return await verifier.finish(async (name) => {
      const answer = await house.dns.txt(name, NEVER)
      return answer.kind === 'found' ? { kind: 'texts', texts: answer.records } : { kind: 'none' }
    }, house.clock.nowMs(), NEVER)
  }
  const { dkim } = await signatures()
  const outcome = spfOutcome(client.spf)
  const dmarc = (): ReturnType<typeof evaluateDmarc> =>
    evaluateDmarc({ authors: authorDomains(message.header.authorTexts.from[0] ?? ''), spf: outcome, dkim }, new TreeWalks((name, within) => house.dns.txt(name, within), NEVER))
  const verifier = new MessageVerifier()
  verifier.push(bytes)
  const proven = await authenticate(await verifiedSignatures(house, verifier, NEVER), message.header, outcome, walksOf(house, NEVER))
  const content = contentOf(message, bytes)
  const hosted = await house.hosted()
  const rules = async (): Promise<readonly Finding[]> => (await contentFound(content, {
    nowMs: house.clock.nowMs(), smtputf8: false, isAuthorProven: proven.dmarc.result === 'pass', hosted, isKnownSender: false,
    attachments: house.settings.attachments,
  }, message, bytes)).findings
  const knowledge = await house.learned.of(null)
  const tokens = (): LearnedMail => learnedMail(content, () => readTraits(bytes, message.header, message.index))
  const learned = tokens()
  const facts: EntryFacts = { client: session.peer.address, ehlo: session.helo, from: content.from.map(({ address }) => address), envelope: sender.from?.domain ?? null, signers: [], links: [], recipient: recipient.address }
  const found = [...client.findings, ...(await rules()), ...learnedFindings(learned, knowledge, null)]
  const judged = (): readonly Verdict[] =>
    judge({ findings: found, hard: [], recipients: [{ recipient: recipient.address, list: { kind: 'none' }, findings: [], thresholds: house.settings.thresholds }], rules: ALL_RULES, overrides: house.settings.scores, reference: message.id })
  const [verdict] = judged()
  if (verdict === undefined) throw new Error('there is one verdict')
  return stagesWith({ aboutClient, spf, signatures, dmarc, content: () => contentOf(message, bytes), rules, bayes: () => learnedFindings(tokens(), knowledge, null), judged }, { house, transaction }, {
    message, client, proven, content, found, learned, facts, verdict,
  })
}

type Parts = Readonly<Record<'aboutClient' | 'spf' | 'signatures' | 'dmarc' | 'content' | 'rules' | 'bayes' | 'judged', () => unknown>>

function stagesWith(parts: Parts, { house, transaction }: Pick<FilterHouse, 'house' | 'transaction'>, known: Known): Measured['stages'] {
  const { message, client, proven, facts, verdict } = known
  const { session, recipients: [recipient] } = transaction
  const holder = { organization: recipient?.organization ?? message.id as never, domain: 'home.example', account: recipient?.receivers[0]?.account ?? null }
  const proof = { aligned: null, spf: null, isEhloVerified: true }
  return {
    'client, SPF in it': parts.aboutClient,
    'SPF alone': parts.spf,
    'DKIM and ARC': parts.signatures,
    DMARC: parts.dmarc,
    'content read': parts.content,
    'content rules': parts.rules,
    'Bayes: tokens and score': parts.bayes,
    'allow and deny entries': async () => {
      const nowMs = house.clock.nowMs()
      return decideByEntries(await house.entries(holder, facts, nowMs), facts, proof, nowMs)
    },
    judge: parts.judged,
    'header written': () => {
      const { methods } = authenticationReport({ tls: null, iprev: iprevOutcome(client.reverse, session.peer.address), spf: spfOutcome(client.spf), dkim: proven.dkim, arc: proven.arc, dmarc: proven.dmarc })
      return authenticationResults(house.hostname, methods) + verdictFields(verdict, house.settings.thresholds, message.id)
    },
    [ALL]: () => whole({ house, transaction }, message),
  }
}

/** From MAIL to the verdict; the header was scanned and the parts were found before. */
async function whole({ house, transaction }: Pick<FilterHouse, 'house' | 'transaction'>, message: ReadMessage): Promise<Inspected> {
  const connection = new StrangersConnection(house, transaction.session.peer.address)
  await connection.connect(NEVER)
  await connection.mail(transaction.session, transaction.sender)
  for (const recipient of transaction.recipients) await connection.recipient(recipient)
  const inspected = await connection.message(transaction).finish(message)
  connection.ended()
  if (inspected.kind !== 'taken' || inspected.junk.size > 0) throw new Error(`good mail was not taken: ${JSON.stringify(inspected.told)}`)
  return inspected
}

function readMessage(bytes: Buffer): ReadMessage {
  const header = scanHeader(bytes, transitRules('mx.home.example'))
  return {
    id: makeId('m', Date.now()) as MessageId, header, index: indexMessage(bytes, header), head: bytes, size: bytes.length,
    async *open() {
      yield bytes
    },
    async *range(start, end) {
      yield bytes.subarray(start, end)
    },
  }
}

async function cpuMicros(once: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  for (let message = 0; message < MESSAGES; message++) await once()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / MESSAGES
}

function figuresOf(measured: readonly Measured[]): readonly Figure[] {
  const stages = Object.keys(measured[0]?.stages ?? {})
  const overall = stages.map((stage): Figure => {
    const each = measured.map(({ rounds }) => median(rounds.get(stage) ?? []))
    const goal = stage === ALL ? ({ kind: 'at-most', limit: GOAL_US } as const) : null
    return { name: `filter: ${stage}, median of all kinds`, unit: 'us', ours: median(each), peer: null, goal, note: `kinds ${spread(each)}` }
  })
  return overall
}

function peerFigures(measured: readonly Measured[], times: RspamdTimes | null): readonly Figure[] {
  return measured.map(({ mail: { kind }, rounds }): Figure => {
    const micros = rounds.get(ALL) ?? []
    const theirs = times?.byKind.get(kind)
    const peer = times === null || theirs === undefined ? null : { name: `rspamd ${times.version}, its own clock`, value: theirs.ownUs }
    const note = theirs === undefined ? spread(micros) : `${spread(micros)}; rspamd's CPU ${theirs.cpuUs.toFixed(0)} us`
    return { name: `filter: ${kind}`, unit: 'us', ours: median(micros), peer, goal: null, note }
  })
}
