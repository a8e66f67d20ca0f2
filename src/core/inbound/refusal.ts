/** A refusal as the peer hears it: RFC 5321 code, RFC 3463 status, and a sentence that says what is wrong. */
export interface Refusal {
  readonly code: number
  readonly status: string
  readonly text: string
}

/** Makes a refusal. */
export function refuse(code: number, status: string, text: string): Refusal {
  return { code, status, text }
}
