/**
 * Thrown when something we depend on does not answer. The caller may retry; the peer is told
 * 451 or 503, never why.
 */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
  /** What did not answer: `database`, `disk`, `writer`, ... Goes to the log and the metric, not to the peer. */
  readonly dependency: string
  /** True when the store has no room left: SMTP says 452 4.3.1 then, and 451 4.3.0 otherwise. */
  readonly full: boolean

  constructor(dependency: string, options?: ErrorOptions & { readonly full?: boolean }) {
    super(options?.full === true ? `${dependency} is full` : `${dependency} is unavailable`, options)
    this.dependency = dependency
    this.full = options?.full === true
  }
}
