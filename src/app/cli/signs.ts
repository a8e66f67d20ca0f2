import type { HostState } from '../host/finding.ts'

/** How a finding looks at the beginning of its line. */
export const SIGNS: Readonly<Record<HostState, string>> = { pass: '✔', info: 'i', warn: '!', fail: '✘', unknown: '?' }
