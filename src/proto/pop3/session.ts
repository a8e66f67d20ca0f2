import { Unavailable } from '../../base/unavailable.ts'
import type { Wire } from '../../base/wire.ts'
import { authorize } from './authorization.ts'
import type { Pop3Backend, Pop3Config, Pop3Mailbox } from './backend.ts'
import { capabilities } from './capabilities.ts'
import type { Command } from './command.ts'
import { parseCommand } from './command.ts'
import { MAX_AUTH_BYTES, MAX_BAD_COMMANDS, MAX_FAILED_LOGINS } from './limits.ts'
import { say } from './say.ts'
import { transact } from './transaction.ts'
import type { Phase, Talk, Turn } from './turn.ts'

/**
 * Serves one POP3 connection until QUIT, the peer leaves or is silent for too long, or `signal` aborts. RFC 1939.
 *
 * Messages are removed only by QUIT after a login (§6): every other ending leaves the maildrop as it was. Never throws
 * for what a peer sends; what the backend throws is `[SYS/TEMP]` to the peer, and the session goes on.
 */
export async function servePop3<Identity>(
  wire: Wire,
  backend: Pop3Backend<Identity>,
  config: Pop3Config,
  signal: AbortSignal,
): Promise<void> {
  const talk: Talk<Identity> = { wire, backend, config, signal }
  const strikes = { command: 0, login: 0 }
  let phase: Phase = { at: 'authorization', user: null }
  wire.write('+OK Merpati ready\r\n')
  try {
    for (;;) {
      const line = await wire.line(MAX_AUTH_BYTES, config.autologoutMs, signal)
      if (line.kind === 'end' || line.kind === 'timeout') return
      if (line.kind === 'aborted') return wire.write('-ERR [SYS/TEMP] Shutting down, come back soon\r\n')
      const parsed = line.kind === 'line' ? parseCommand(line.bytes) : ({ ok: false, error: 'Line too long' } as const)
      const turn: Turn = parsed.ok ? await guarded(phase, parsed.value, talk) : { phase, reply: `-ERR ${parsed.error}`, strike: 'command' }
      phase = turn.phase
      if (turn.bye && phase.at === 'transaction') {
        // The lock goes before the last word does: a client that logs in again at once must find it free.
        const { mailbox } = phase
        phase = { at: 'authorization', user: null }
        await release(mailbox, config)
      }
      if (!(await say(turn, talk)) || turn.bye) return
      if (turn.strike !== undefined) strikes[turn.strike] += 1
      if (strikes.command >= MAX_BAD_COMMANDS) return wire.write('-ERR Too many bad commands\r\n')
      if (strikes.login >= MAX_FAILED_LOGINS) return wire.write('-ERR Too many failed logins\r\n')
    }
  } finally {
    if (phase.at === 'transaction') await release(phase.mailbox, config)
    wire.end()
  }
}

/** One command in, one turn out; what the backend throws becomes a reply. */
async function guarded<Identity>(phase: Phase, command: Command, talk: Talk<Identity>): Promise<Turn> {
  try {
    return await step(phase, command, talk)
  } catch (error) {
    report(error, command.verb, talk.config)
    const reply = '-ERR [SYS/TEMP] Something of ours does not answer, try again later'
    // RFC 1939 §6: QUIT ends the session even when nothing could be removed.
    return command.verb === 'QUIT' ? { phase, reply, bye: true } : { phase, reply }
  }
}

/** Every command in every state. RFC 1939 §4 and §5. */
async function step<Identity>(phase: Phase, command: Command, talk: Talk<Identity>): Promise<Turn> {
  switch (command.verb) {
    case 'CAPA':
      return { phase, reply: '+OK Capabilities follow', lines: capabilities(talk.wire.tls, talk.config) }
    case 'USER':
    case 'PASS':
    case 'AUTH':
    case 'STLS':
      if (phase.at === 'transaction') return { phase, reply: '-ERR You are logged in already', strike: 'command' }
      return await authorize(phase, command, talk)
    default:
      if (phase.at === 'transaction') return await transact(phase, command, talk.signal)
      if (command.verb === 'QUIT') return { phase, reply: '+OK Bye', bye: true }
      return { phase, reply: '-ERR Log in first', strike: 'command' }
  }
}

/** Gives the lock back; a failure is for the log, because a lock without a session must run out by itself. */
async function release(mailbox: Pop3Mailbox, config: Pop3Config): Promise<void> {
  try {
    await mailbox.release()
  } catch (error) {
    report(error, 'release', config)
  }
}

function report(error: unknown, during: string, { log }: Pop3Config): void {
  if (error instanceof Unavailable) log.warn('pop3.unavailable', { during, dependency: error.dependency })
  else log.error('pop3.failed', { during, error })
}
