/** A sentence for people, in the languages that we write. Names, numbers and units are filled in already. */
export interface Texts {
  readonly en: string
  readonly id: string
}

/** A time as people say it: `45 s`, `10 min`, `2 h`, `7 d`. The units are the same in both languages. */
export function sayMs(ms: number): string {
  for (const [unit, name] of UNITS) if (ms >= unit && ms % unit === 0) return `${ms / unit} ${name}`
  const [unit, name] = UNITS.find(([size]) => ms >= size) ?? [1, 'ms']
  return `${Number((ms / unit).toFixed(1))} ${name}`
}

/** A peer's words without addresses: what is remembered or logged of a site names no recipient. */
export function withoutAddresses(text: string): string {
  return text.replace(/[^\s<>()"',;:]{1,256}@[^\s<>()"',;:]{1,256}/gu, '(address)')
}

const UNITS: readonly (readonly [number, string])[] = [[86_400_000, 'd'], [3_600_000, 'h'], [60_000, 'min'], [1000, 's'], [1, 'ms']]
