/** What is wrong with one field of what somebody gave us. */
export interface Fault {
  /** Where: `to.0`, `attachments.1.content`. */
  readonly field: string
  readonly code: string
  readonly message: string
}

/** The same, below another field: those of the fifth message of a batch. */
export function below(prefix: string, faults: readonly Fault[]): readonly Fault[] {
  return prefix === '' ? faults : faults.map((fault) => ({ ...fault, field: fault.field === '' ? prefix : `${prefix}.${fault.field}` }))
}
