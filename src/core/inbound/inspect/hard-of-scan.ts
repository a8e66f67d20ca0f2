import type { HardVerdict } from '../../filter/judge.ts'
import type { Scan } from '../../filter/scan/scan.ts'

/** What must happen to a message because of what scanners said. */
export function hardOfScan({ hard, defer, reply }: Scan): readonly HardVerdict[] {
  const malware = hard === null ? [] : [hard]
  if (defer) return [...malware, { kind: 'defer', reply }]
  return reply === null ? malware : [...malware, { kind: 'refused', reply }]
}
