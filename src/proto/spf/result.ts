/** The words of RFC 7208 §2.6. */
export type SpfVerdict = 'none' | 'neutral' | 'pass' | 'fail' | 'softfail' | 'temperror' | 'permerror'

/** A term that was in force, and the domain whose record has it. */
export interface SpfStep {
  readonly domain: string
  /** As it is written there, such as `include:_spf.example.org`. */
  readonly term: string
}

/** What SPF says of a client and a domain, and why. Texts may come from strangers. */
export interface SpfResult {
  readonly verdict: SpfVerdict
  /** What was checked: the sender's domain, or the client's name when there is no sender. RFC 7208 §2.3, §2.4. */
  readonly identity: 'mailfrom' | 'helo'
  /** The domain that was checked, lower-case. '' when there was none. */
  readonly domain: string
  /** The terms that decided, from the first record inwards: the last one matched, or is broken. Empty when no term did. */
  readonly path: readonly SpfStep[]
  /** What is wrong, for `temperror` and `permerror`, or why there is no result; null otherwise. A sentence without its full stop. */
  readonly problem: string | null
  /** The owner's words for a `fail`, printable ASCII; null when there are none. Untrusted: whoever shows them says whose they are. RFC 7208 §6.2. */
  readonly explanation: string | null
  /** Terms that asked DNS, those that had no answer, and questions in all. RFC 7208 §4.6.4. */
  readonly lookups: number
  readonly voids: number
  readonly questions: number
}

/** What matched or is broken, in one line: `include:a.example > ip4:192.0.2.0/24`. '' when no term decided. */
export function pathText(path: readonly SpfStep[]): string {
  return path.map(({ term }) => term).join(' > ')
}
