import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Wire } from '../../base/wire.ts'
import type { Client, ImapBackend, ImapStore } from './backend.ts'
import type { Phase } from './command.ts'
import { Output } from './output.ts'
import type { Selected } from './selected.ts'
import { encodeUtf7 } from './utf7.ts'

/** How a listener is set up. */
export interface ImapConfig {
  /** The name in the greeting. */
  readonly hostname: string
  /** `starttls` offers it; `none` when there is no certificate, or TLS is up from the first byte. */
  readonly tls: 'starttls' | 'none'
  /** True lets LOGIN through without TLS: the demo on loopback only. */
  readonly plainPasswords: boolean
  /** What ID answers. RFC 2971. */
  readonly version: string
  readonly log: Log
  /** For SEARCH OLDER and YOUNGER. RFC 5032. */
  readonly clock: Clock
}

/** What one connection has agreed on and where it stands. Commands read it and answer; they share nothing else. */
export class Session {
  readonly wire: Wire
  readonly config: ImapConfig
  readonly signal: AbortSignal
  readonly out: Output
  /** Backend calls with the identity hidden: who has logged in is the store. */
  readonly door: Door
  phase: Phase = { at: 'greeted' }
  /** The tag of the command that runs: ESEARCH names it. */
  tag = ''
  /** ENABLE IMAP4rev2: RECENT is gone, SEARCH answers ESEARCH, names are UTF-8. */
  rev2 = false
  /** Mailbox names and strings may be UTF-8. RFC 9755. */
  utf8 = false
  /** MODSEQ is shown in every FETCH. RFC 7162 §3.1. */
  condstore = false
  /** Expunges are told as VANISHED. RFC 7162 §3.2. */
  qresync = false
  /** Set by a command that found the mailbox gone, or the stream out of step: the connection ends after its answer. */
  doomed: string | null = null
  /** What STARTTLS left to do once its OK is on its way. */
  startTls: (() => Promise<void>) | null = null
  badCommands = 0
  loginFailures = 0

  constructor(wire: Wire, door: Door, config: ImapConfig, signal: AbortSignal) {
    this.wire = wire
    this.door = door
    this.config = config
    this.signal = signal
    this.out = new Output(wire, signal)
  }

  get client(): Client {
    return { peer: this.wire.peer, tls: this.wire.tls }
  }

  /** True when a password may cross this connection. */
  get mayLogin(): boolean {
    return this.wire.tls !== null || this.config.plainPasswords
  }

  /** Adds one untagged response line. */
  untagged(text: string): void {
    this.out.text(`* ${text}\r\n`)
  }

  /** A string in wire form: quoted when it may be, else a literal. RFC 9051 §4.3. */
  string(text: string): string {
    return formatString(text, this.utf8)
  }

  /** A mailbox name in wire form: UTF-8 when agreed on, else modified UTF-7. */
  mailboxName(path: string): string {
    return formatAstring(this.utf8 ? path : encodeUtf7(path), this.utf8)
  }

  /** Enters or leaves a mailbox. */
  select(store: ImapStore, box: Selected | null): void {
    this.phase = box === null ? { at: 'authenticated', store } : { at: 'selected', store, box }
  }
}

/** What commands before login need of the backend. */
export type Door = Pick<ImapBackend<unknown>, 'mechanisms' | 'startAuth' | 'login' | 'openStore'>

const QUOTABLE = /^[\x01-\x09\x0b\x0c\x0e-\x7f]{0,1024}$/
const QUOTABLE_UTF8 = /^[^\0\r\n\ud800-\udfff]{0,1024}$/
const ATOM = /^[\x21\x23-\x24\x26-\x27\x2b-\x5b\x5d\x5e-\x7a\x7c\x7d\x7e]+$/

/** Quoted when the client can read it so, else a literal, which every client can read. */
export function formatString(text: string, utf8: boolean): string {
  if ((utf8 ? QUOTABLE_UTF8 : QUOTABLE).test(text)) {
    return text.includes('"') || text.includes('\\') ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`
  }
  const clean = text.replaceAll('\0', '�').toWellFormed() // NUL is not allowed in a literal. RFC 9051 §4.3.
  return `{${Buffer.byteLength(clean)}}\r\n${clean}`
}

/** A string, or NIL for null. */
export function formatNstring(text: string | null, utf8: boolean): string {
  return text === null ? 'NIL' : formatString(text, utf8)
}

/** An atom when it can be one, else a string. */
export function formatAstring(text: string, utf8: boolean): string {
  return ATOM.test(text) && text.toUpperCase() !== 'NIL' ? text : formatString(text, utf8)
}
