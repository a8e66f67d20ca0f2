import { InvalidArgumentError } from 'commander'

/** Reads the argument of `--days`. */
export function daysOf(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('want a whole number of days.')
}
