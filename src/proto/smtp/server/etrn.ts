import { type Reply, reply } from '../reply.ts'
import type { EtrnAnswer } from './backend.ts'
import type { CommandOf } from './command.ts'
import { answer, misplaced, type Phase, type Talk, type Turn } from './turn.ts'

/** ETRN: what waits for a node is to be sent now. Only for those who may ask; for all others there is no such command. RFC 1985 §5. */
export async function etrn(phase: Phase, { node }: CommandOf<'ETRN'>, { backend, signal }: Talk): Promise<Turn> {
  const { session } = phase
  const service = backend.etrn
  if (service === undefined || session.flavour !== 'mx' || !(await service.offered(session))) return misplaced(phase, 502, '5.5.1', 'ETRN is not available')
  if (phase.at === 'connected' || session.hello !== 'EHLO') return misplaced(phase, 503, '5.5.1', 'EHLO first')
  if (phase.at !== 'greeted') return misplaced(phase, 503, '5.5.1', 'Not within a transaction')
  return answer(phase, replyTo(node.name, await service.start(node, session, signal)))
}

/** RFC 1985 §5.3. */
function replyTo(name: string, said: EtrnAnswer): Reply {
  switch (said.kind) {
    case 'started':
      return reply(250, '2.0.0', `Queuing for ${name} started`)
    case 'nothing':
      return reply(251, '2.0.0', `No messages wait for ${name}`)
    case 'pending':
      return said.count === null ? reply(252, '2.0.0', `Pending messages for ${name} started`) : reply(253, '2.0.0', `${said.count} pending messages for ${name} started`)
    case 'unable':
      return reply(458, '4.3.0', `Unable to queue messages for ${name}: ${said.why}`)
    case 'not-allowed':
      return reply(459, '4.7.1', `${name} not allowed: ${said.why}`)
  }
}
