/** Ends a switch over a union: the compiler proves that no case is missing, and a broken cast is loud. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`)
}
