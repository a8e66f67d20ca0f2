import { randomInt } from 'node:crypto'
import { unreachable } from '../../../base/unreachable.ts'
import type { FailedWhy } from '../../../base/dns.ts'
import { exchangeTcp, exchangeUdp, serverText } from './exchange.ts'
import type { DnsServer, Exchanged } from './exchange.ts'
import { isTruncated, ownershipOf, RCODE, readReply, writeQuestion } from './message.ts'
import type { Ownership, Reply } from './message.ts'
import { mixCase } from './name.ts'
import type { Kind } from './record.ts'

/** What one server says: something about the name, or nothing that helps. */
export type Said =
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'failed'; readonly why: FailedWhy; readonly detail: string }

/** What is asked of a server. */
export interface Asked {
  readonly name: string
  readonly kind: Pick<Kind<unknown>, 'name'>
  readonly dnssec: boolean
  /** Not to validate: the CD bit. */
  readonly unchecked?: true
}

/** How it is asked. Each step goes only downwards, so there are at most four exchanges. */
interface Manner {
  readonly over: 'udp' | 'tcp'
  readonly mixed: boolean
  readonly edns: boolean
}

/**
 * Asks one server, with the concessions that it needs: over TCP when the answer is long or somebody guesses, in small letters when it
 * does not keep their case, without EDNS when it does not know it. Each exchange gets `withinMs`.
 */
export async function askServer(server: DnsServer, asked: Asked, withinMs: number, signal: AbortSignal): Promise<Said> {
  let manner: Manner = { over: 'udp', mixed: true, edns: true }
  for (;;) {
    const said = judge(await exchange(server, asked, manner, withinMs, signal), manner, serverText(server))
    if (said.kind !== 'again') return said
    manner = said.manner
  }
}

async function exchange(server: DnsServer, asked: Asked, manner: Manner, withinMs: number, signal: AbortSignal): Promise<Exchanged> {
  const { name, kind, dnssec, unchecked } = asked
  const written = manner.mixed ? mixCase(name) : name
  // RFC 5452 §9.2: a new id and a new port for every try.
  const question = writeQuestion({ id: randomInt(0x1_0000), name: written, type: kind.name, dnssec, edns: manner.edns, ...(unchecked === undefined ? {} : { unchecked }) })
  const owner = (bytes: Buffer): Ownership => {
    const ownership = ownershipOf(bytes, question)
    return ownership === 'wrong-case' && !manner.mixed ? 'ours' : ownership
  }
  const send = manner.over === 'udp' ? exchangeUdp : exchangeTcp
  return await send(server, question, owner, withinMs, signal)
}

function judge(exchanged: Exchanged, manner: Manner, at: string): Said | { readonly kind: 'again'; readonly manner: Manner } {
  switch (exchanged.kind) {
    case 'reply':
      break
    case 'wrong-case':
      return { kind: 'again', manner: { ...manner, mixed: false } }
    case 'flooded':
      return { kind: 'again', manner: { ...manner, over: 'tcp' } }
    case 'timeout':
      return { kind: 'failed', why: 'timeout', detail: `${at} did not answer` }
    case 'aborted':
      return { kind: 'failed', why: 'aborted', detail: 'nobody waits for it any more' }
    case 'unreachable':
      return { kind: 'failed', why: 'unreachable', detail: `${at}: ${exchanged.detail}` }
    case 'not-ours':
      return { kind: 'failed', why: 'malformed', detail: `${at} answered another question` }
    default:
      return unreachable(exchanged)
  }
  if (isTruncated(exchanged.bytes) && manner.over === 'udp') return { kind: 'again', manner: { ...manner, over: 'tcp' } } // RFC 7766 §5.
  const reply = isTruncated(exchanged.bytes) ? null : readReply(exchanged.bytes)
  if (reply === null) return { kind: 'failed', why: 'malformed', detail: `${at} sent no whole DNS message` }
  if (manner.edns && KNOWS_NO_EDNS.has(reply.rcode)) return { kind: 'again', manner: { ...manner, edns: false } }
  return judgeReply(reply, at)
}

function judgeReply(reply: Reply, at: string): Said {
  const reason = reply.extendedError === null ? '' : `, extended error ${reply.extendedError}`
  switch (reply.rcode) {
    case RCODE.noError:
    case RCODE.nxDomain:
      return { kind: 'reply', reply }
    case RCODE.servFail:
      return { kind: 'failed', why: 'servfail', detail: `${at} said SERVFAIL${reason}` }
    default:
      return { kind: 'failed', why: 'refused', detail: `${at} said ${RCODE_TEXTS[reply.rcode] ?? `code ${reply.rcode}`}${reason}` }
  }
}

/** Answers of servers that do not understand the question with EDNS. RFC 6891 §6.2.2, §7. */
const KNOWS_NO_EDNS: ReadonlySet<number> = new Set([RCODE.formErr, RCODE.notImp, RCODE.badVersion])

const RCODE_TEXTS: Readonly<Record<number, string>> = { 1: 'FORMERR', 4: 'NOTIMP', 5: 'REFUSED', 16: 'BADVERS' }
