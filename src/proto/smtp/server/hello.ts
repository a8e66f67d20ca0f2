import { reply } from '../reply.ts'
import type { Session } from './backend.ts'
import type { CommandOf } from './command.ts'
import type { SmtpConfig } from './config.ts'
import { HANDSHAKE_MS } from './limits.ts'
import { answer, misplaced, type Phase, type Talk, type Turn } from './turn.ts'

/** EHLO, HELO, LHLO: a new beginning, which ends any transaction. RFC 5321 §4.1.1.1, §4.1.4; RFC 2033 §4.1. */
export async function hello(phase: Phase, { verb, client }: CommandOf<'EHLO' | 'HELO' | 'LHLO'>, talk: Talk): Promise<Turn> {
  if ((verb === 'LHLO') !== (talk.flavour === 'lmtp')) {
    return misplaced(phase, 500, '5.5.1', talk.flavour === 'lmtp' ? 'This is LMTP: say LHLO' : 'This is SMTP: say EHLO')
  }
  const session: Session = { ...phase.session, hello: verb, client }
  const hasEtrn = verb === 'EHLO' && talk.flavour === 'mx' && (await talk.backend.etrn?.offered(session)) === true
  const lines = verb === 'HELO' ? [talk.config.hostname] : [talk.config.hostname, ...extensions(session, talk), ...(hasEtrn ? ['ETRN'] : []), 'HELP']
  if (phase.at === 'chunks') await phase.content.abort()
  return answer({ at: 'greeted', session }, reply(250, null, lines.join('\n')))
}

/** What is offered to this client now. It changes with TLS and with the login. */
function extensions(session: Session, { flavour, backend, config }: Talk): readonly string[] {
  const offered = [
    'PIPELINING', // RFC 2920
    `SIZE ${config.maxMessageBytes}`, // RFC 1870
    '8BITMIME', // RFC 6152
    'SMTPUTF8', // RFC 6531
    'CHUNKING', // RFC 3030
    'BINARYMIME',
    'ENHANCEDSTATUSCODES', // RFC 2034
    'DSN', // RFC 3461
    `LIMITS MAILMAX=${config.maxMails} RCPTMAX=${config.maxRecipients}`, // RFC 9422
  ]
  if (offersStartTls(session, config)) offered.push('STARTTLS') // RFC 3207 §4.2: not again once TLS is up.
  if (session.tls !== null) offered.push('REQUIRETLS') // RFC 8689 §2.
  if (offersAuth(session)) {
    const mechanisms = backend.mechanisms(session)
    if (mechanisms.length > 0) offered.push(`AUTH ${mechanisms.join(' ')}`) // RFC 4954 §3.
  }
  if (flavour === 'submission' && config.maxHoldSeconds !== null) offered.push(futureRelease(config, config.maxHoldSeconds))
  return offered
}

/** Whether STARTTLS would be obeyed. */
export function offersStartTls(session: Session, config: SmtpConfig): boolean {
  return session.tls === null && config.startTls === 'offer'
}

/** Whether AUTH would be obeyed: on submission, never in the clear, once. RFC 4954 §4, RFC 8314 §3.3. */
export function offersAuth(session: Session): boolean {
  return session.flavour === 'submission' && session.tls !== null && session.identity === null
}

/** RFC 4865 §3: the longest interval and the latest date. */
function futureRelease({ clock }: SmtpConfig, maxSeconds: number): string {
  return `FUTURERELEASE ${maxSeconds} ${new Date(clock.nowMs() + maxSeconds * 1000).toISOString().slice(0, 19)}Z`
}

/** RFC 3207 §4: the wire throws away what came in the clear, and we forget what was said there. */
export async function startTls(phase: Phase, { wire, config }: Talk): Promise<Turn> {
  if (phase.session.tls !== null) return misplaced(phase, 503, '5.5.1', 'TLS is on already')
  if (!offersStartTls(phase.session, config)) return misplaced(phase, 502, '5.5.1', 'TLS is not available here')
  if (phase.at === 'chunks') await phase.content.abort()
  wire.write('220 2.0.0 Ready to start TLS\r\n')
  const tls = await wire.startTls(HANDSHAKE_MS)
  const { peer, flavour, spokeFirst } = phase.session
  const session: Session = { peer, flavour, tls, hello: null, client: null, identity: null, mechanism: null, spokeFirst }
  const fresh: Phase = { at: 'connected', session }
  return tls === null ? { phase: fresh, replies: [], bye: 'tls-failed' } : { phase: fresh, replies: [] }
}
