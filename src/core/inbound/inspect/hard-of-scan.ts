import type { HardVerdict } from '../../filter/judge.ts'
import type { Scan } from '../../filter/scan/scan.ts'

/** What scanners said, in a word: for `merpati explain`. */
export function scanWord({ hard, defer, reply, findings }: Scan): 'malware' | 'unavailable' | 'refused' | 'clean' | 'found' {
  if (hard !== null) return 'malware'
  if (defer) return 'unavailable'
  if (reply !== null) return 'refused'
  return findings.length === 0 ? 'clean' : 'found'
}

/** What must happen to a message because of what scanners said. */
export function hardOfScan({ hard, defer, reply }: Scan): readonly HardVerdict[] {
  const malware = hard === null ? [] : [hard]
  if (defer) return [...malware, { kind: 'defer', reply }]
  return reply === null ? malware : [...malware, { kind: 'refused', reply }]
}
