import type { Answer } from 'dns-packet'
import { encodeReply, respond, writeReply } from './respond.ts'
import type { Asked, Reply } from './respond.ts'
import type { Zone } from './zone.ts'

/**
 * How the server behaves for a name, instead of answering honestly.
 *
 * `nodata` and `nxdomain` come with an SOA, `bare-nodata` and `bare-nxdomain` without. `drop` says nothing. `truncate` sets TC over
 * UDP, `always-truncate` over TCP too, and `no-tcp` closes TCP at once. `wrong-id`, `wrong-question` and `garbage` send that and
 * nothing else; `decoys` sends three forged answers and then the honest one, `flood` twenty forged ones (and is honest over TCP);
 * `wrong-case` changes the letters of the question. `lame` sends a referral. `no-edns` says FORMERR to EDNS. `no-ad` does not
 * validate. `one-step` gives the first record only, so that the asker has to follow aliases itself. A function gives the very packets.
 */
export type Behaviour = Named | ((asked: Asked, honest: Buffer) => readonly Buffer[])

type Named =
  | 'nxdomain' | 'nodata' | 'bare-nxdomain' | 'bare-nodata' | 'servfail' | 'refused' | 'drop' | 'truncate' | 'always-truncate' | 'no-tcp'
  | 'wrong-id' | 'wrong-question' | 'wrong-case' | 'garbage' | 'decoys' | 'flood' | 'lame' | 'no-edns' | 'no-ad' | 'one-step'

const RCODES = { servfail: 2, refused: 5, nxdomain: 3, 'bare-nxdomain': 3, nodata: 0, 'bare-nodata': 0 } as const
const SOA: Answer = { type: 'SOA', name: '.', ttl: 300, data: { mname: 'ns.test', rname: 'hostmaster.test', minimum: 300 } }

/** The packets that answer a question; none for silence. Null: over TCP, close without a word. */
export function packetsFor(behaviour: Behaviour | null, zones: readonly Zone[], asked: Asked): readonly Buffer[] | null {
  const honest = respond(zones, asked)
  const write = (change: Partial<Reply>): readonly Buffer[] => [writeReply({ ...honest, ...change }, asked)]
  if (behaviour === null) return write({})
  if (typeof behaviour === 'function') return behaviour(asked, writeReply(honest, asked))
  switch (behaviour) {
    case 'nxdomain':
    case 'nodata':
      return write({ rcode: RCODES[behaviour], answers: [], authorities: [SOA] })
    case 'bare-nxdomain':
    case 'bare-nodata':
    case 'servfail':
    case 'refused':
      return write({ rcode: RCODES[behaviour], answers: [], authorities: [], authentic: false })
    case 'drop':
      return []
    case 'truncate':
      return write(asked.over === 'udp' ? { truncated: true, answers: [] } : {})
    case 'always-truncate':
      return write({ truncated: true, answers: [] })
    case 'no-tcp':
      return asked.over === 'udp' ? write({ truncated: true, answers: [] }) : null
    case 'wrong-id':
      return write({ id: asked.id ^ 1 })
    case 'wrong-question':
      return write({ questions: [{ name: `x${asked.name}`, type: 'A' }] })
    case 'wrong-case':
      return write({ questions: [{ ...honest.questions[0], name: otherCase(asked.name), type: asked.type as 'A' }] })
    case 'garbage':
      return [garbage(asked)]
    case 'decoys':
      return [...forgeries(honest, asked, 3), ...write({})]
    case 'flood':
      return asked.over === 'udp' ? forgeries(honest, asked, 20) : write({})
    case 'lame':
      return write({ answers: [], authorities: [{ type: 'NS', name: '.', ttl: 300, data: 'a.root.test' }], recursive: false })
    case 'no-edns':
      return asked.ednsBytes === null ? write({}) : write({ rcode: 1, answers: [], authorities: [], questions: [], edns: false })
    case 'one-step':
      return write({ answers: honest.answers.slice(0, 1), authorities: honest.answers.length === 0 ? honest.authorities : [] })
    case 'no-ad':
      return write({ authentic: false })
  }
}

/** Header and question of an answer, and then no record but noise. */
function garbage({ id, name, type }: Asked): Buffer {
  const nothing = { rcode: 0, authentic: false, truncated: false, recursive: true, answers: [], authorities: [], edns: false }
  const head = encodeReply({ ...nothing, id, questions: [{ name, type: type as 'A' }] })
  head.writeUInt16BE(3, 6)
  return Buffer.concat([head, Buffer.from([0xc0, 0xff, 0x3f, 0x01, 0x02])])
}

/** What somebody sends who does not see the question: the right name, the wrong id. */
function forgeries(honest: Reply, asked: Asked, count: number): readonly Buffer[] {
  const answers: readonly Answer[] = [{ type: 'A', name: asked.name, ttl: 9, data: '6.6.6.6' }]
  return Array.from({ length: count }, (_, at) => writeReply({ ...honest, id: asked.id ^ (at + 1), answers }, asked))
}

function otherCase(name: string): string {
  return Array.from(name, (char) => (char === char.toUpperCase() ? char.toLowerCase() : char.toUpperCase())).join('')
}
