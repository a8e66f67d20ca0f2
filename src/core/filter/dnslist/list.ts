/** What a list is asked about: the client's address, domains of senders, or domains of links. */
export type ListKind = 'ip4' | 'ip6' | 'domain' | 'url'

/** An answer of a list, and the rule it is found by. */
export interface ListAnswer {
  /** `is`: the whole address. `bit`: a bit of the last byte. `last`: the last byte, whatever the third is. */
  readonly match: { readonly is: string } | { readonly bit: number } | { readonly last: number }
  /** A rule of `table/network.ts`. */
  readonly rule: string
}

/** A DNS list. RFC 5782. The rows are in `table/dns-lists.ts`. */
export interface DnsList {
  readonly zone: string
  readonly kinds: readonly ListKind[]
  /** All that match count, so a combined answer gives several findings. */
  readonly answers: readonly ListAnswer[]
  /** Answers that say that the list does not serve us. */
  readonly errors: readonly string[]
  /** `block` lists may refuse mail by their weight, `score` lists only count, `allow` lists speak for a client. */
  readonly tier: 'block' | 'score' | 'allow'
  /** What it is asked to see whether it is alive: names below the zone, one listed and one not. RFC 5782 §5. */
  readonly test: { readonly listed: string; readonly unlisted: string }
  /** Who may ask it, for the operator. */
  readonly policy: string
  /** Asked unless the operator says otherwise. False where one has to register first. */
  readonly isEnabled: boolean
}

/** The test names of lists of addresses: 127.0.0.2 is listed, 127.0.0.1 is not. RFC 5782 §5. */
export const IP_TEST = { listed: '2.0.0.127', unlisted: '1.0.0.127' } as const

/** Something to ask about. */
export interface ListSubject {
  readonly kind: ListKind
  /** An address, or a domain in lower-case A-labels. */
  readonly value: string
}
