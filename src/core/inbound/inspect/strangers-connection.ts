import { setTimeout as wait } from 'node:timers/promises'
import type { MessageId } from '../../../base/brand.ts'
import { eachAtOnce } from '../../../base/each-at-once.ts'
import { makeId } from '../../../base/ids.ts'
import { domainPart } from '../../../proto/mail/address.ts'
import type { Sender } from '../../../proto/smtp/envelope.ts'
import { type Reply, reply, toldReply } from '../../../proto/smtp/reply.ts'
import { type ListSession, listFindings } from '../../filter/dnslist/list-session.ts'
import { allowLevel, listWeight } from '../../filter/dnslist/weight.ts'
import type { FilterEntry } from '../../filter/entry/entry.ts'
import { decideByEntries, type EntryVerdict } from '../../filter/entry/precedence.ts'
import type { Finding } from '../../filter/finding.ts'
import { greyBypass, type GreyFacts, isRotatingSender } from '../../filter/greylist/bypass.ts'
import { greyReply, greylist } from '../../filter/greylist/greylist.ts'
import { reasonsOf, sumOf, weightOf } from '../../filter/judge.ts'
import { senderRefusal } from '../../filter/network/sender.ts'
import { ALL_RULES } from '../../filter/table/all.ts'
import type { CheckRun } from '../../filter/told.ts'
import { SAME_CLIENT_MS } from '../limits.ts'
import { isResponsible } from '../recipient.ts'
import type { AcceptedRecipient, Session, Transaction } from '../session.ts'
import { clientChecks } from './checks-run.ts'
import { type ClientFacts, clientFacts } from './client-facts.ts'
import type { InspectHouse } from './house.ts'
import type { MessageInspection } from './inspected.ts'
import type { ConnectionInspection, Stop } from './inspection.ts'
import { StrangersMessage } from './message-inspection.ts'
import { isShared } from './trap.ts'

const OUR_NAME = reply(550, '5.7.1', 'You called yourself by our own name: say EHLO with yours')

/** A sender, and what is being learned of it. */
interface Envelope {
  readonly session: Session
  readonly sender: Sender
  readonly facts: Promise<ClientFacts>
  /** When that began. */
  readonly askedMs: number
}

/** The checks of a connection that anybody may have made: port 25. */
export class StrangersConnection implements ConnectionInspection {
  readonly #house: InspectHouse
  readonly #address: string
  readonly #lists: ListSession
  #isCounted = false
  #unknown = 0
  #envelope: Envelope | null = null

  constructor(house: InspectHouse, address: string) {
    this.#house = house
    this.#address = address
    this.#lists = house.lists.session()
  }

  async connect(signal: AbortSignal): Promise<Stop | null> {
    const admission = this.#house.guard.connected(this.#address)
    this.#isCounted = admission === 'welcome'
    switch (admission) {
      case 'welcome':
        await this.#hesitate(signal)
        return null
      case 'many':
        return { reply: reply(421, '4.7.0', 'Too many connections from your address: close some, or try again later'), close: true }
      case 'fast':
        return { reply: reply(421, '4.7.0', 'Too many connections from your address in a minute: try again later'), close: true }
      case 'full':
        return { reply: reply(421, '4.3.2', 'Too busy: try again later'), close: true }
    }
  }

  /** Programs that only pour out spam do not wait for the banner: who is not known here gets the time to show it. */
  async #hesitate(signal: AbortSignal): Promise<void> {
    const { settings, isExempt, guard } = this.#house
    if (settings.greetDelayMs === 0 || isExempt(this.#address) || guard.isKnown(this.#address)) return
    await wait(settings.greetDelayMs, undefined, { signal, ref: false }).catch(() => {}) // Aborted: the session ends by itself.
  }

  async mail(session: Session, sender: Sender): Promise<Stop | null> {
    const nowMs = this.#house.clock.nowMs()
    const before = this.#envelope
    // Who sends one message after the other is not asked about for each of them.
    const isKnown = before !== null && before.session.helo === session.helo && before.sender.from?.text === sender.from?.text && nowMs >= before.askedMs && nowMs - before.askedMs < SAME_CLIENT_MS
    const facts = isKnown ? before.facts : clientFacts(this.#house, this.#lists, session, sender)
    facts.catch(() => {}) // Whoever awaits it hears of it; a client that leaves before does not.
    this.#envelope = { session, sender, facts, askedMs: isKnown ? before.askedMs : nowMs }
    return null
  }

  async recipient(recipient: AcceptedRecipient): Promise<Stop | null> {
    const envelope = this.#envelope
    if (envelope === null || this.#house.isExempt(this.#address) || isResponsible({ local: localOf(recipient) })) return null
    const facts = await envelope.facts
    const list = await this.#listVerdict(envelope, recipient)
    if (list.decision.kind === 'allow') return null
    // The words are those for an address that is not here, so that nobody learns which ones are traps.
    if (list.trap !== null && (await this.#catch(envelope, list.trap, recipient))) return { reply: reply(550, '5.1.1', `No such mailbox: ${recipient.address}`) }
    // RFC 5321 §4.1.4 lets nobody be refused for a name that cannot be verified; ours is known not to be theirs. At RCPT, so that there is somebody to tell.
    if (facts.helo.kind === 'ours') return this.#stop(envelope, facts, recipient, OUR_NAME, { check: 'helo', result: 'ours', detail: envelope.session.helo })
    const refusal = facts.senderDomain === null || facts.senderDomain.kind === 'unknown' ? null : senderRefusal(facts.senderDomain)
    if (refusal !== null) return this.#stop(envelope, facts, recipient, refusal, { check: 'sender', result: facts.senderDomain?.kind ?? 'none', detail: null })
    const weight = listWeight(facts.hits)
    if (weight.isReject) {
      const said = reply(554, '5.7.1', `${this.#address} is listed by ${weight.zones.slice(0, 3).join(', ')}: ask for removal there, or for help at postmaster@`)
      return this.#stop(envelope, facts, recipient, said, { check: 'dns-lists', result: 'listed', detail: weight.zones.join(', ') })
    }
    return await this.#grey(envelope, facts, recipient)
  }

  async unknownRecipient(address: string | null): Promise<Stop | null> {
    this.#unknown += 1
    if (address !== null) await this.#tried(address)
    const verdict = this.#house.guard.namedUnknown(this.#address, this.#unknown)
    if (verdict.kind === 'fine') return null
    await new Promise((resolve) => setTimeout(resolve, verdict.afterMs).unref())
    return { reply: reply(421, '4.7.0', 'Too many addresses that are not here: come back later with better ones'), close: true }
  }

  message(transaction: Transaction): MessageInspection {
    const facts = this.#envelope?.facts ?? clientFacts(this.#house, this.#lists, transaction.session, transaction.sender)
    return new StrangersMessage(this.#house, transaction, facts, this.#lists)
  }

  ended(): void {
    if (this.#isCounted) this.#house.guard.left(this.#address)
    this.#isCounted = false
  }

  /** What lists that need no message say: an allowed net is not asked to come back. */
  async #listVerdict({ session, sender, facts }: Envelope, recipient: AcceptedRecipient): Promise<EntryVerdict> {
    const { clock, entries } = this.#house
    const { spf, leads } = await facts
    const known = { client: this.#address, ehlo: session.helo, from: [], envelope: sender.from?.domain ?? null, signers: [], links: [], recipient: recipient.address }
    const proof = { aligned: null, spf: spf.verdict === 'pass' && spf.identity === 'mailfrom' ? spf.domain : null, isEhloVerified: leads === 'to-client' }
    const [only] = recipient.receivers
    const holder = { organization: recipient.organization, domain: domainPart(recipient.address), account: recipient.receivers.length === 1 && only !== undefined ? only.account : null }
    return decideByEntries(await entries(holder, known, clock.nowMs()), known, proof, clock.nowMs())
  }

  /** Somebody wrote to an address that is not here: is it a trap? */
  async #tried(address: string): Promise<void> {
    const { clock, entries, organizationAt, isExempt } = this.#house
    const domain = domainPart(address)
    const envelope = this.#envelope
    if (envelope === null || isExempt(this.#address)) return
    const organization = await organizationAt(domain)
    if (organization === null) return
    const known = { client: this.#address, ehlo: null, from: [], envelope: null, signers: [], links: [], recipient: address }
    const held = await entries({ organization, domain, account: null }, known, clock.nowMs())
    const { decision, trap } = decideByEntries(held, known, { aligned: null, spf: null, isEhloVerified: false }, clock.nowMs())
    if (trap !== null && decision.kind !== 'allow') await this.#catch(envelope, trap, { address, organization })
  }

  /** Keeps a client that wrote to a trap out. False for whom it must not be held against: bounces of mail that was forged in the name of the trap, and servers of many people. */
  async #catch({ sender, facts }: Envelope, trap: FilterEntry, recipient: Pick<AcceptedRecipient, 'address' | 'organization'>): Promise<boolean> {
    if (sender.from === null || isShared(await facts)) return false
    const { caught, hit, count } = this.#house
    hit(trap)
    caught({ organization: recipient.organization, domain: domainPart(recipient.address), client: this.#address, trap })
    count('reject', 'trap')
    return true
  }

  async #grey(envelope: Envelope, facts: ClientFacts, recipient: AcceptedRecipient): Promise<Stop | null> {
    const { grey: store, clock, log } = this.#house
    const domain = facts.spf.verdict === 'pass' ? facts.spf.domain : null
    const grey = this.#greyFacts(facts, recipient, domain)
    if (greyBypass(grey) !== null || greyBypass({ ...grey, isCorrespondent: await this.#isCorrespondent(envelope, facts, recipient) }) !== null) return null
    const input = { organization: recipient.organization, domain, client: this.#address, sender: envelope.sender.from?.text ?? '', recipient: recipient.address }
    const verdict = await greylist(input, { store, clock, log })
    if (verdict.kind === 'pass') return null
    return this.#stop(envelope, facts, recipient, greyReply(verdict.forMs), { check: 'greylist', result: verdict.why, detail: `${Math.ceil(verdict.forMs / 1000)} s` })
  }

  /** Has the recipient written to this sender, as whose SPF lets the client send? Asked last, because it asks the database. */
  async #isCorrespondent({ sender }: Envelope, { spf }: ClientFacts, { receivers }: AcceptedRecipient): Promise<boolean> {
    const address = sender.from?.text ?? ''
    if (address === '' || spf.verdict !== 'pass' || spf.identity !== 'mailfrom') return false
    const known = await eachAtOnce(receivers, ({ account }) => this.#house.hasWrittenTo(account, address))
    return known.includes(true)
  }

  #greyFacts({ findings, hits, reverse, helo, leads }: ClientFacts, recipient: AcceptedRecipient, domain: string | null): GreyFacts {
    const { settings } = this.#house
    return {
      mode: settings.greylist,
      isAuthenticated: false,
      isLocal: false,
      dnswl: allowLevel(hits),
      isKnownGood: domain !== null && isRotatingSender(domain),
      isNamedServer: reverse.kind === 'verified' && !reverse.isGeneric && helo.kind === 'name' && leads === 'to-client',
      hasKnownCertificate: false,
      isOptedOut: false,
      recipientLocal: localOf(recipient),
      isCorrespondent: false,
      score: scoreOf(findings, settings.scores),
    }
  }

  /** Refuses, under an id by which the reasons are found. */
  #stop({ session, sender }: Envelope, facts: ClientFacts, recipient: AcceptedRecipient, said: Reply, check: CheckRun): Stop {
    const { clock, settings, notTaken, count } = this.#house
    const nowMs = clock.nowMs()
    const id = makeId('m', nowMs) as MessageId
    const reasons = reasonsOf([...facts.findings, ...listFindings(facts.hits)], ALL_RULES, settings.scores)
    const verdict = said.code >= 500 ? 'reject' : 'defer'
    const answer = reply(said.code, said.status, `${said.text}. Reference ${id}`)
    notTaken({
      message: id,
      type: said.code >= 500 ? 'mail.refused' : 'mail.deferred',
      data: {
        from: sender.from?.text ?? '', messageId: null, peer: this.#address, port: session.peer.localPort, helo: session.helo, protocol: session.protocol, login: null,
        verdict, by: check.check, score: sumOf(reasons), checks: [check, ...clientChecks(facts).filter((each) => each.check !== check.check)], findings: reasons.map(({ rule, score, evidence }) => ({ rule, score, evidence })),
        reply: toldReply(answer),
      },
      recipients: [{ organization: recipient.organization, address: recipient.address }],
      nowMs,
    })
    count(verdict, check.check)
    return { reply: answer }
  }
}

function scoreOf(findings: readonly Finding[], scores: ReadonlyMap<string, number>): number {
  return weightOf(findings, ALL_RULES, scores)
}

function localOf({ address }: AcceptedRecipient): string {
  return address.slice(0, address.lastIndexOf('@')).toLowerCase()
}
