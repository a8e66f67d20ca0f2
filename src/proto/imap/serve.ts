import { Unavailable } from '../../base/unavailable.ts'
import type { Wire } from '../../base/wire.ts'
import type { ImapBackend } from './backend.ts'
import { capabilities } from './capabilities.ts'
import { bad, no, parseCommand, type ParsedCommand, type Tagged } from './command.ts'
import { commands } from './commands.ts'
import { AUTOLOGOUT_MS, LOGIN_WITHIN_MS, MAX_BAD, MAX_LINE, MAX_LINE_BEFORE_LOGIN, MAX_LITERALS, MAX_LITERALS_BEFORE_LOGIN } from './limits.ts'
import { tellNews } from './news.ts'
import { readCommand, type ReadLimits } from './reader.ts'
import { type ImapConfig, Session } from './session.ts'

const BEFORE_LOGIN: ReadLimits = { line: MAX_LINE_BEFORE_LOGIN, literals: MAX_LITERALS_BEFORE_LOGIN, withinMs: LOGIN_WITHIN_MS }
const AFTER_LOGIN: ReadLimits = { line: MAX_LINE, literals: MAX_LITERALS, withinMs: AUTOLOGOUT_MS }

/**
 * Serves one IMAP connection, IMAP4rev1 and IMAP4rev2, until LOGOUT, the peer leaves, or `signal` aborts (a command that runs is
 * finished first). Never throws for what a peer sends. RFC 9051, RFC 3501.
 */
export async function serveImap<Identity>(wire: Wire, backend: ImapBackend<Identity>, config: ImapConfig, signal: AbortSignal): Promise<void> {
  // The identity goes from `login` to `openStore` of one backend, and is looked at nowhere in between.
  const session = new Session(wire, backend as ImapBackend<unknown>, config, signal)
  session.untagged(`OK [CAPABILITY ${capabilities(session)}] ${config.hostname} Merpati ready`)
  while (await turn(session)) {
    if (session.doomed !== null) session.untagged(`BYE ${session.doomed}`)
    if (session.doomed !== null || session.out.gone) break
  }
  session.out.spill()
  wire.end()
}

/** One command: read, understood, done, answered. False when the conversation is over. */
async function turn(session: Session): Promise<boolean> {
  session.out.spill()
  const read = await readCommand(session.wire, session.phase.at === 'greeted' ? BEFORE_LOGIN : AFTER_LOGIN, session.signal)
  switch (read.kind) {
    case 'end':
      return false
    case 'timeout':
      session.untagged('BYE Autologout: you were silent for too long')
      return false
    case 'aborted':
      session.untagged('BYE The server is going down, please come again')
      return false
    case 'refused':
      if (read.bye === 'bye') session.doomed = read.why
      return refuse(session, read.tag, read.why, read.tag === null || session.phase.at === 'greeted' ? 'BAD' : 'NO')
  }
  const parsed = parseCommand(read.text, commands, { utf8: session.utf8 })
  if (!parsed.ok) return refuse(session, parsed.error.tag, parsed.error.text, 'BAD')
  session.tag = parsed.value.tag
  const tagged = await obey(session, parsed.value)
  session.out.text(`${parsed.value.tag} ${tagged.status}${tagged.code === undefined ? '' : ` [${tagged.code}]`} ${tagged.text}\r\n`)
  if (tagged.status === 'BAD') session.badCommands += 1
  if (session.startTls !== null) {
    session.out.spill()
    await session.startTls()
    session.startTls = null
  }
  return tagged.bye !== true && patient(session)
}

/** Answers what is no command, and counts it. RFC 9051 §7.1.3: without a tag BAD is untagged. */
function refuse(session: Session, tag: string | null, why: string, status: 'BAD' | 'NO'): boolean {
  session.badCommands += 1
  const code = why.startsWith('The literal') ? '[TOOBIG] ' : ''
  session.out.text(`${tag ?? '*'} ${status} ${code}${why}\r\n`)
  return patient(session)
}

function patient(session: Session): boolean {
  if (session.badCommands < MAX_BAD) return true
  session.untagged('BYE Too many bad commands')
  return false
}

/** Runs a command in its phase, then tells the news that may go before its tagged response. */
async function obey(session: Session, { command, args }: ParsedCommand): Promise<Tagged> {
  const { phase } = session
  const before = 'This needs a login first'
  if (command.when === 'authenticated' && phase.at === 'greeted') return bad(before)
  if (command.when === 'selected' && phase.at !== 'selected') return bad(phase.at === 'greeted' ? before : 'No mailbox is selected')
  if (command.when === 'greeted' && phase.at !== 'greeted') return bad('You are logged in')
  try {
    const tagged = await command.run(session, args, phase)
    const after = session.phase
    if (after.at === 'selected' && command.news !== 'none') await tellNews(session, after.store, after.box, command.news)
    return tagged
  } catch (error) {
    return stumble(session, command.verb, error)
  }
}

/** Two texts: the client hears that it may try again, or that we are at fault; the log gets the reason. */
function stumble(session: Session, verb: string, error: unknown): Tagged {
  const { log } = session.config
  if (error instanceof Unavailable) {
    log.warn('imap.unavailable', { verb, dependency: error.dependency, error })
    return error.full ? no('No room is left on the server', 'UNAVAILABLE') : no('Not now; please try again', 'UNAVAILABLE')
  }
  log.error('imap.failed', { verb, error })
  return no('Something went wrong here', 'SERVERBUG')
}
