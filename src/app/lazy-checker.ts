import type { CheckOptions, DomainChecker } from './domain-check.ts'

/** Opens one at the first check, and ends it with `signal`: who never checks a domain has no second resolver, and has not loaded what checks are made of. */
export function lazyChecker(options: CheckOptions, signal: AbortSignal): () => Promise<DomainChecker> {
  let opening: Promise<DomainChecker> | null = null
  return async () => {
    opening ??= openChecker(options, signal).then((checker) => {
      signal.addEventListener('abort', () => checker[Symbol.dispose](), { once: true })
      return checker
    })
    opening.catch(() => (opening = null)) // The next check tries again.
    return await opening
  }
}

async function openChecker(options: CheckOptions, signal: AbortSignal): Promise<DomainChecker> {
  const { DomainChecker: Checker } = await import('./domain-check.ts')
  return await Checker.open(options, signal)
}
