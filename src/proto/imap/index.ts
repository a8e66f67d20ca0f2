/** The face of IMAP4rev2 (RFC 9051) and rev1 for others: a server session over a `Wire` and a store of the caller's. */
export { serveImap } from './serve.ts'
export type { ImapConfig } from './session.ts'
export type {
  Appended,
  AppendArgs,
  Changes,
  Client,
  Copied,
  EmailColumns,
  FlagRow,
  FlagsStored,
  ImapBackend,
  ImapStore,
  MailboxInfo,
  Opened,
  Outcome,
  Refused,
  Row,
} from './backend.ts'
