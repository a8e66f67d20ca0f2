import type { Tokens } from './token-set.ts'

/** Tokens as they are kept: eight octets each, low octets first on every machine that runs Node. */
export function packTokens(tokens: Tokens): Uint8Array {
  return new Uint8Array(tokens.slice().buffer)
}

/** The tokens in octets that `packTokens` made; they may lie anywhere in memory. */
export function unpackTokens(bytes: Uint8Array): Tokens {
  return new Uint32Array(new Uint8Array(bytes).buffer, 0, (bytes.length >> 3) * 2)
}

/** Tokens as a JSON array of signed 64-bit integers, ascending, as databases count: neighbours in the index are written one after the other. */
export function tokensJson(tokens: Tokens): string {
  const numbers = new BigInt64Array(tokens.length / 2)
  for (let at = 0; at < tokens.length; at += 2) numbers[at / 2] = (BigInt(tokens[at] ?? 0) << 32n) | BigInt(tokens[at + 1] ?? 0)
  return `[${numbers.sort().join(',')}]`
}
