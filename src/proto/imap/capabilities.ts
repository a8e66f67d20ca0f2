import type { Session } from './session.ts'

/** What every connection can do. Nothing stands here that is not done in full. */
const ALWAYS = 'IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ENABLE ID IDLE NAMESPACE UNSELECT'

/** What is of use after login only. */
const AFTER_LOGIN =
  'CHILDREN LIST-EXTENDED LIST-STATUS SPECIAL-USE CREATE-SPECIAL-USE STATUS=SIZE OBJECTID SAVEDATE UIDPLUS MOVE CONDSTORE QRESYNC ESEARCH SEARCHRES WITHIN UTF8=ACCEPT BINARY APPENDLIMIT'

/** The CAPABILITY list at this point of the conversation, without the word itself. RFC 9051 §6.1.1. */
export function capabilities(session: Session): string {
  if (session.phase.at !== 'greeted') return `${ALWAYS} ${AFTER_LOGIN}=${session.phase.store.appendLimit}`
  const list = [ALWAYS]
  if (session.config.tls === 'starttls' && session.wire.tls === null) list.push('STARTTLS')
  if (!session.mayLogin) list.push('LOGINDISABLED')
  for (const mechanism of session.door.mechanisms(session.client)) list.push(`AUTH=${mechanism}`)
  return list.join(' ')
}
