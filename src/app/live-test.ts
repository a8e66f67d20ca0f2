import type { AccountId, DeliveryId, Domain, MessageId, OrganizationId } from '../base/brand.ts'
import { systemClock } from '../base/clock.ts'
import { makeId } from '../base/ids.ts'
import { timeLimit } from '../base/time-limit.ts'
import { returnPathOf } from '../core/bounce/return-path.ts'
import type { AlignmentTry, LiveTest } from '../core/domain/check/alignment.ts'
import { MAX_ADDRESSES } from '../core/domain/check/limits.ts'
import type { Subject } from '../core/domain/wanted-records.ts'
import { authenticate, verifiedSignatures, walksOf } from '../core/inbound/inspect/authenticate.ts'
import { spfOutcome } from '../core/inbound/inspect/client-facts.ts'
import type { SegmentReader } from '../core/mailbox/body.ts'
import { contentOf, type Sendable, type Sign } from '../core/outbound/content.ts'
import type { LeasedDelivery } from '../core/queue/delivery.ts'
import type { DnsResolver } from '../infra/net/resolver/resolver.ts'
import { MessageVerifier } from '../proto/arc/message-verifier.ts'
import { formatDate } from '../proto/mail/date.ts'
import { scanHeader } from '../proto/mail/header-scan.ts'
import { checkSpf } from '../proto/spf/check.ts'

/** All questions of a live test. */
const LIVE_WITHIN_MS = 20_000

/** What a live test is made with. */
export interface LiveTestOptions {
  readonly resolver: DnsResolver
  readonly sign: Sign
  readonly secret: Uint8Array
  /** The domain of the return paths of its programs' mail. */
  readonly returns: string
}

/**
 * Makes a test mail of the domain, signs it as it would leave, in both forms that it may leave in, and judges it as our own server judges strangers' mail: once
 * for each address that mail leaves from. It ends there: nobody gets it.
 */
export async function liveTest({ resolver, sign, secret, returns }: LiveTestOptions, organization: OrganizationId, subject: Subject, signal: AbortSignal): Promise<LiveTest> {
  const { house, name } = subject
  const sending = house.sending.slice(0, MAX_ADDRESSES)
  if (sending.length === 0) return { kind: 'untried', why: 'no public address that mail leaves from is known: name it in outbound.own_addresses' }
  const within = AbortSignal.any([signal, timeLimit(LIVE_WITHIN_MS)])
  const delivery = testDelivery(organization, name, `${returnPathOf(makeId('q', subject.nowMs) as DeliveryId, secret)}@${returns}`)
  const bytes = testMail(name, house.hostname, subject.nowMs)
  const sendable = await contentOf(delivery, { sizeBytes: bytes.length, location: { kind: 'inline', bytes } }, NO_SEGMENTS, sign)
  const tries = await Promise.all(sending.flatMap((from) => (['people', 'programs'] as const).flatMap(async (mail) => {
    const mailFrom = mail === 'people' ? `postmaster@${name}` : programsSender(delivery, sendable)
    const spf = spfOutcome(await checkSpf({ client: from.address, helo: from.ehlo, mailFrom, receiver: house.hostname, nowMs: subject.nowMs }, resolver, within))
    return await Promise.all(FORMS.map(async (form): Promise<AlignmentTry> => {
      const { dkim, dmarc } = await judged(resolver, await bytesOf(sendable, form, within), spf, within)
      const why = `SPF ${spf.result}${spf.reason === null ? '' : `: ${spf.reason}`}; DKIM ${dkim.map(({ result, domain }) => `${result} of ${domain ?? '?'}`).join(', ') || 'none'}`
      const verdict = dmarc.result === 'none' || dmarc.result === 'permerror' ? 'no-policy' : 'judged'
      const isUnsure = dmarc.result === 'temperror' || spf.result === 'temperror' || dkim.some(({ result }) => result === 'temperror')
      return { address: from.address, mail, form, spf: dmarc.spfAligned !== null, dkim: dmarc.dkimAligned.length > 0, verdict: isUnsure ? 'unsure' : verdict, why }
    }))
  })))
  return { kind: 'tried', tries: tries.flat() }
}

/** As it would stand in MAIL FROM. */
function programsSender({ sender }: LeasedDelivery, { returnDomain }: Sendable): string {
  return returnDomain === null ? sender : `${sender.slice(0, sender.lastIndexOf('@'))}@${returnDomain}`
}

const FORMS = ['as it is', 'in 7-bit lines'] as const

/** What its bytes are when the server beyond takes them so. */
async function bytesOf(sendable: Sendable, form: AlignmentTry['form'], signal: AbortSignal): Promise<Uint8Array> {
  const content = form === 'as it is' ? sendable.content : await sendable.sevenBit()
  return Buffer.concat(await Array.fromAsync(content.open(signal)))
}

async function judged(resolver: DnsResolver, bytes: Uint8Array, spf: Parameters<typeof authenticate>[2], signal: AbortSignal): ReturnType<typeof authenticate> {
  const verifier = new MessageVerifier()
  verifier.push(bytes)
  const house = { dns: resolver, clock: systemClock }
  return await authenticate(await verifiedSignatures(house, verifier, signal), scanHeader(bytes), spf, walksOf(house, signal))
}

/** With all that may break on the way: a line that begins with a dot, spaces at the end of one, letters beyond ASCII. */
function testMail(name: Domain, hostname: string, nowMs: number): Uint8Array {
  const id = makeId('m', nowMs)
  const head = [`From: Merpati <postmaster@${name}>`, `To: postmaster@${name}`, 'Subject: Test of SPF, DKIM and DMARC', `Date: ${formatDate(nowMs, 0)}`, `Message-ID: <${id}@${hostname}>`, 'MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit']
  return Buffer.from([...head, '', 'Café: a test that nobody gets.  ', '.', '', ''].join('\r\n'))
}

/** One that a program sends: who signs for it is its organization. */
function testDelivery(organization: OrganizationId, name: Domain, sender: string): LeasedDelivery {
  const nowMs = systemClock.nowMs()
  const wishes = { ret: null, envid: null, notify: [], orcpt: null, body: '8BITMIME', smtputf8: false, requireTls: false, tlsOptional: false } as const
  return {
    ...{ id: makeId('q', nowMs) as DeliveryId, organization, account: null as AccountId | null, message: makeId('m', nowMs) as MessageId, sender, recipient: `postmaster@${name}`, lane: name, stream: 'transactional', priority: 0 },
    ...{ attempts: 0, createdMs: nowMs, expiresMs: nowMs, wishes, view: { prefix: '', skips: [] }, last: null, possibleDuplicate: false },
  }
}

const NO_SEGMENTS: SegmentReader = {
  read() {
    throw new Error('a test mail lies in no segment')
  },
}
