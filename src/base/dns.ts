/**
 * What became of a question. A server's trouble is `failed` and never looks like "there is no such name": mail
 * for a name that does not exist is returned, mail for a name that nobody can tell us about waits.
 */
export type Answer<T> = Found<T> | None | Failed

/** There are records. */
export interface Found<T> {
  readonly kind: 'found'
  /** At least one, in the order they came. */
  readonly records: readonly T[]
  /** Where they were: the name asked for, or the end of its aliases. */
  readonly name: string
  /** The names passed on the way there, the one asked for first; empty when it is no alias. */
  readonly aliases: readonly string[]
  /** A validating resolver vouches for every step (RFC 4035 §3.2.3), and its self-test passed. */
  readonly authentic: boolean
  /** How long the answer may be kept from now on. */
  readonly ttlMs: number
  /** Its time has run out and no server answers. Never authentic. RFC 8767. */
  readonly stale: boolean
}

/** The name does not exist (`nxdomain`), or has no records of this type (`nodata`). */
export interface None {
  readonly kind: 'none'
  readonly why: 'nxdomain' | 'nodata'
  /** The name of which this is true: the one asked for, or the end of its aliases. */
  readonly name: string
  readonly aliases: readonly string[]
  /** As in `Found`: the absence has been proven. */
  readonly authentic: boolean
  readonly ttlMs: number
}

/** We do not know. */
export interface Failed {
  readonly kind: 'failed'
  readonly why: FailedWhy
  /** A sentence for the log and the trace: which server, what it said. */
  readonly detail: string
}

/**
 * Why there is no answer. `servfail`: the server could not find out, or the answer is forged or badly signed; `refused`: it
 * does not serve us; `timeout`, `unreachable`: silence, or a port where nobody listens; `malformed`: what came is no DNS;
 * `lame`: it sent us elsewhere; `overloaded`: we have too many questions open; `aborted`: the caller's signal.
 * `bad-name`, `alias-loop`, `alias-chain`: see `isLasting`.
 */
export type FailedWhy =
  | 'servfail' | 'refused' | 'timeout' | 'unreachable' | 'malformed' | 'lame' | 'overloaded' | 'aborted'
  | 'bad-name' | 'alias-loop' | 'alias-chain'

/**
 * True when asking again would not help: no such name can be asked for, or its owner made aliases that lead in a circle or over
 * more than eight steps. All others are worth another try.
 */
export function isLasting(why: FailedWhy): boolean {
  return why === 'bad-name' || why === 'alias-loop' || why === 'alias-chain'
}

/** A mail exchanger. RFC 5321 §5.1. */
export interface Mx {
  readonly preference: number
  /** `''` is the root: "no mail here" (RFC 7505). Nothing says that it is a host name: check it before use. */
  readonly exchange: string
}

/** What a TLS certificate must be. RFC 6698 §2.1. */
export interface Tlsa {
  readonly usage: number
  readonly selector: number
  readonly matchingType: number
  readonly data: Uint8Array
}

/** Where a service is. RFC 2782. */
export interface Srv {
  readonly priority: number
  readonly weight: number
  readonly port: number
  /** `''` is the root: the service is not offered. */
  readonly target: string
}

/** Who may issue certificates for a name. RFC 8659 §4.1. */
export interface Caa {
  /** An authority that does not know the tag must not issue. */
  readonly critical: boolean
  /** Lower-case: `issue`, `issuewild`, `iodef`. */
  readonly tag: string
  /** As it came, a character for each byte. */
  readonly value: string
}
