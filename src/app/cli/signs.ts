import type { State } from '../../core/domain/check/finding.ts'

/** How a finding looks at the beginning of its line. */
export const SIGNS: Readonly<Record<State, string>> = { pass: '✔', warn: '!', fail: '✘', unknown: '?' }
