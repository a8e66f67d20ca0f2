/** Asks for something for each of some things at once; their order is kept. For the one that there mostly is, without what waiting for many costs. */
export function eachAtOnce<T, R>(things: readonly T[], ask: (thing: T) => Promise<R>): Promise<readonly R[]> {
  const [only] = things
  return things.length === 1 && only !== undefined ? ask(only).then((answer) => [answer]) : Promise.all(things.map((thing) => ask(thing)))
}
