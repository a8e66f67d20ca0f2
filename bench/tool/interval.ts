/** 95 % of a normal distribution lie within so many deviations. */
const Z = 1.959964

/** A share in percent, with the interval of Wilson's score in which it lies in 95 of 100 cases: for few failures of many, where the usual one is wrong. */
export interface Share {
  readonly percent: number
  /** `1880/1896, 98.6 to 99.5 %` */
  readonly text: string
}

/** `count` of `total`. */
export function share(count: number, total: number): Share {
  const p = count / total
  const middle = (p + (Z * Z) / (2 * total)) / (1 + (Z * Z) / total)
  const half = (Z / (1 + (Z * Z) / total)) * Math.sqrt((p * (1 - p)) / total + (Z * Z) / (4 * total * total))
  const [from, to] = [Math.max(0, middle - half), Math.min(1, middle + half)].map((each) => (100 * each).toFixed(2))
  return { percent: 100 * p, text: `${Number(count.toFixed(1))}/${total}, ${from} to ${to} %` }
}
