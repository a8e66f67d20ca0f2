import { InvalidArgumentError } from 'commander'

/** Reads the argument of an option that counts hours. */
export function hoursUpTo(most: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,3}$/.test(text) && Number(text) <= most) return Number(text)
    throw new InvalidArgumentError(`want a whole number of hours, at most ${most}.`)
  }
}
