import { capabilities } from '../capabilities.ts'
import { command, done, no, type Tagged } from '../command.ts'
import { MAX_LOGIN_FAILURES } from '../limits.ts'
import type { SaslFailure } from '../../sasl/exchange.ts'
import type { Scanner } from '../scanner.ts'
import type { Session } from '../session.ts'

/** LOGIN. RFC 9051 §6.2.3. Refused without TLS, as LOGINDISABLED has said. */
export const login = command({
  verb: 'LOGIN',
  when: 'greeted',
  news: 'none',
  parse: (s: Scanner) => {
    s.need(' ')
    const user = s.astring()
    s.need(' ')
    return { user, password: s.astring() }
  },
  async run(session, { user, password }) {
    if (!session.mayLogin) return no('Start TLS first: your password must not be read on the way', 'PRIVACYREQUIRED')
    const answer = await session.door.login(user, password, session.client)
    return answer.kind === 'ok' ? await welcome(session, answer.identity) : turnAway(session, answer.reason)
  },
})

/** Lets an identity in: from here on the session has a store. */
export async function welcome(session: Session, identity: unknown): Promise<Tagged> {
  session.phase = { at: 'authenticated', store: await session.door.openStore(identity) }
  return done('Welcome', `CAPABILITY ${capabilities(session)}`)
}

/** Says no, and after some failures goodbye. RFC 5530 §3. */
export function turnAway(session: Session, reason: SaslFailure): Tagged {
  session.loginFailures += 1
  if (session.loginFailures >= MAX_LOGIN_FAILURES) session.doomed = 'Too many failed logins'
  switch (reason) {
    case 'credentials':
      return no('The name or the password is wrong', 'AUTHENTICATIONFAILED')
    case 'malformed':
      return { status: 'BAD', text: 'That does not fit the mechanism' }
    case 'disabled':
      return no('This account may not log in here', 'CONTACTADMIN')
    case 'temporary':
    case 'throttled':
      return no('Not now; please try again later', 'UNAVAILABLE')
  }
}
