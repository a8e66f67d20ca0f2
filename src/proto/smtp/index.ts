/** The face of SMTP (RFC 5321) for others: a server session and a client over a `Wire`, without sockets, clock or storage. */
export { serveSmtp } from './server/session.ts'
export { type SmtpConfig, smtpConfig } from './server/config.ts'
export type { AcceptedRecipient, Answer, EndReason, Flavour, MessageSink, Outcome, Refused, Session, SessionEnd, SmtpBackend, Transaction } from './server/backend.ts'
export { type Sent, SmtpClient } from './client/client.ts'
export type { Cause, Fate, Stage } from './client/fate.ts'
export type { Outgoing, OutgoingContent } from './client/outgoing.ts'
export { formatReply, type Reply, reply } from './reply.ts'
