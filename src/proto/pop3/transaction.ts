import type { Pop3Message } from './backend.ts'
import type { CommandOf } from './command.ts'
import { top } from './top.ts'
import type { Transaction, Turn } from './turn.ts'

/** The commands of the TRANSACTION state. RFC 1939 §5 and §7. */
export async function transact(
  phase: Transaction,
  command: CommandOf<'STAT' | 'LIST' | 'UIDL' | 'RETR' | 'TOP' | 'DELE' | 'NOOP' | 'RSET' | 'QUIT'>,
  signal: AbortSignal,
): Promise<Turn> {
  switch (command.verb) {
    case 'NOOP':
      return { phase, reply: '+OK' }
    case 'STAT':
      return { phase, reply: `+OK ${summary(phase).count} ${summary(phase).octets}` }
    case 'LIST':
    case 'UIDL':
      return listing(phase, command.verb, command.number)
    case 'RETR':
    case 'TOP':
      return await retrieve(phase, command, signal)
    case 'DELE': {
      const found = messageAt(phase, command.number)
      if (found === null) return absent(phase)
      phase.deleted.add(command.number)
      return { phase, reply: `+OK Message ${command.number} marked` }
    }
    case 'RSET':
      phase.deleted.clear()
      return { phase, reply: `+OK ${phase.mailbox.messages.length} messages` }
    default:
      return await update(phase, signal)
  }
}

/** LIST and UIDL, of one message or of all that are not marked. */
function listing(phase: Transaction, verb: 'LIST' | 'UIDL', number: number | null): Turn {
  const show = (message: Pop3Message): string | number => (verb === 'LIST' ? message.size : message.uid)
  if (number !== null) {
    const message = messageAt(phase, number)
    return message === null ? absent(phase) : { phase, reply: `+OK ${number} ${show(message)}` }
  }
  const { count, octets } = summary(phase)
  return { phase, reply: `+OK ${count} messages (${octets} octets)`, lines: lines(phase, show) }
}

function* lines(phase: Transaction, show: (message: Pop3Message) => string | number): Generator<string> {
  let number = 0
  for (const message of phase.mailbox.messages) {
    number += 1
    if (!phase.deleted.has(number)) yield `${number} ${show(message)}`
  }
}

async function retrieve(phase: Transaction, command: CommandOf<'RETR' | 'TOP'>, signal: AbortSignal): Promise<Turn> {
  const message = messageAt(phase, command.number)
  if (message === null) return absent(phase)
  const body = await phase.mailbox.retrieve(message, signal)
  if (body === null) return { phase, reply: '-ERR This message was removed by another session' }
  if (command.verb === 'TOP') return { phase, reply: '+OK Top of the message follows', body: top(body, command.lines) }
  return { phase, reply: `+OK ${message.size} octets`, body }
}

/** The UPDATE state: the marked messages go, then the session ends. RFC 1939 §6. */
async function update(phase: Transaction, signal: AbortSignal): Promise<Turn> {
  if (phase.deleted.size === 0) return { phase, reply: '+OK Bye', bye: true }
  const marked = phase.mailbox.messages.filter((_, index) => phase.deleted.has(index + 1))
  const outcome = await phase.mailbox.commit(marked, signal)
  const reply = outcome === 'removed' ? `+OK Bye, ${marked.length} messages removed` : '-ERR Some marked messages could not be removed'
  return { phase, reply, bye: true }
}

/** The message of that number, or null when there is none or it is marked: RFC 1939 §5 treats both alike. */
function messageAt(phase: Transaction, number: number): Pop3Message | null {
  return phase.deleted.has(number) ? null : (phase.mailbox.messages[number - 1] ?? null)
}

function absent(phase: Transaction): Turn {
  return { phase, reply: '-ERR No such message' }
}

function summary(phase: Transaction): { readonly count: number; readonly octets: number } {
  let octets = 0
  let number = 0
  for (const { size } of phase.mailbox.messages) {
    number += 1
    if (!phase.deleted.has(number)) octets += size
  }
  return { count: phase.mailbox.messages.length - phase.deleted.size, octets }
}
