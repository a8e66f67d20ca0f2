/** What is wrong with one field of a message that somebody wants to send. */
export interface Fault {
  /** Where: `to.0`, `attachments.1.content`. */
  readonly field: string
  readonly code: string
  readonly message: string
}

/** The same, below another field: of the fifth message of a batch. */
export function below(prefix: string, faults: readonly Fault[]): readonly Fault[] {
  return prefix === '' ? faults : faults.map((fault) => ({ ...fault, field: fault.field === '' ? prefix : `${prefix}.${fault.field}` }))
}
