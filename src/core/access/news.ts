import type { Attempt } from './throttle.ts'

/** How a login ended, as other workers must know it: else whoever guesses gets the patience of each of them. */
export type AccessFact =
  /** `key` names the wrong password, if there was one, so that the same one is not counted again elsewhere; it cannot be turned back into it. */
  | { readonly kind: 'failed'; readonly attempt: Attempt; readonly key: string | null }
  | { readonly kind: 'succeeded'; readonly attempt: Attempt }

/** Carries facts between the workers of a process. They may be late or lost: then a worker counts a little less for a while. */
export interface AccessNews {
  /** Tells the others; not this worker. */
  tell(fact: AccessFact): void
  /** Calls back with what others told. */
  hear(on: (fact: AccessFact) => void): void
}

/** For a worker that is alone: tools and tests. */
export const NO_NEWS: AccessNews = { tell() {}, hear() {} }
