/**
 * The peer, as a line protocol sees it: lines, raw bytes, writes and a change to TLS.
 *
 * `infra/net/wire.ts` implements it over sockets; tests implement it in memory. SMTP, LMTP, IMAP, POP3 and
 * ManageSieve are written against it and do no I/O of their own.
 *
 * Writes are gathered: they leave when the session next waits for input and none is there, when `flush` is
 * called, or when the buffer passes its limit. So the replies to a pipelined group are one packet.
 */
export interface Wire {
  readonly peer: Peer
  /** Null until TLS is up. */
  readonly tls: TlsState | null
  /** Bytes received and not taken yet: more than 0 means that the peer pipelines. */
  readonly waiting: number

  /**
   * Takes the next line. `bytes` is without its ending and may view the receive buffer: it is valid only until the
   * next call on this wire. A line of more than `maxBytes` (ending included) is `too-long`, once; what follows it
   * up to its LF has been thrown away.
   *
   * Never rejects for what the peer does: it left, was silent for `withinMs`, or the session is asked to end
   * (`signal`, only while no complete line waits) are values too.
   */
  line(maxBytes: number, withinMs: number, signal: AbortSignal): Promise<Line>

  /**
   * Takes what is there, at least 1 and at most `maxBytes` bytes, waiting when nothing is. `bytes` may view the receive
   * buffer: valid only until the next call.
   */
  take(maxBytes: number, withinMs: number, signal: AbortSignal): Promise<Taken>

  /** Puts bytes taken too far back in front of the input. Only bytes of the last `take` may come back. */
  putBack(bytes: Uint8Array): void

  /** Queues bytes; text is sent as UTF-8. Returns at once. */
  write(data: string | Uint8Array): void

  /**
   * Sends what is queued and waits until the peer has taken enough of it. False when the peer is gone or took
   * nothing for `withinMs`: the connection is then closed. Senders of long bodies call it between chunks.
   */
  flush(withinMs: number, signal: AbortSignal): Promise<boolean>

  /**
   * Sends what is queued, throws received plain bytes away (RFC 3207 §6: they may be an attacker's), and runs our
   * side of the handshake. Null when it failed: the connection is then closed.
   */
  startTls(withinMs: number): Promise<TlsState | null>

  /** Sends what is queued and closes politely. More calls are harmless. */
  end(): void
}

/** Where the connection comes from and which of our addresses it reached. PROXY v2 may have replaced them. */
export interface Peer {
  readonly address: string
  readonly port: number
  readonly localAddress: string
  readonly localPort: number
}

/** What TLS agreed on. */
export interface TlsState {
  /** As Node names it: `TLSv1.3`. */
  readonly version: string
  /** The IANA name of the cipher suite: `TLS_AES_256_GCM_SHA384`. */
  readonly cipher: string
  /** The server name the client asked for, or null. */
  readonly serverName: string | null
  /** RFC 9266 `tls-exporter` channel binding (TLS 1.3 only), for SCRAM-SHA-256-PLUS; null when there is none. */
  readonly exporter: Uint8Array | null
}

/** The certificate that a server showed, and whether anybody we trust vouches for it. */
export interface PeerCertificate {
  /** PKIX: the chain ends in a trusted root, it is valid now, and it names the server. RFC 9525. */
  readonly trusted: boolean
  /** Why it is not trusted, in OpenSSL's word; null when it is. */
  readonly fault: string | null
  /** The chain as it was shown, DER, the server's own first; at most ten. */
  readonly chain: readonly Uint8Array[]
}

/** What became of waiting for a line. */
export type Line =
  | { readonly kind: 'line'; readonly bytes: Uint8Array; readonly ending: 'crlf' | 'lf' }
  | { readonly kind: 'too-long' }
  | Ended

/** What became of waiting for bytes. */
export type Taken = { readonly kind: 'bytes'; readonly bytes: Uint8Array } | Ended

/** Why no more input comes: the peer closed (`end`), was silent for too long (`timeout`), or we are stopping (`aborted`). */
export type Ended = { readonly kind: 'end' } | { readonly kind: 'timeout' } | { readonly kind: 'aborted' }
