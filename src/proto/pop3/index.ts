/** The face of POP3 (RFC 1939) for others: a server session over a `Wire` and a mailbox of the caller's. */
export { servePop3 } from './session.ts'
export type { Pop3Backend, Pop3Config, Pop3Mailbox, Pop3Message, Pop3Opened } from './backend.ts'
