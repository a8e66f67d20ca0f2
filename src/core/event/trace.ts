import type { Event } from './event.ts'

/** What a `mail.arrived` or `mail.refused` event tells of the addresses involved. Other events may have none. */
interface Told {
  readonly from?: unknown
  readonly recipients?: unknown
  readonly copies?: unknown
  readonly hooks?: unknown
  readonly messageId?: unknown
  readonly recipient?: unknown
}

/** Keys of one event, at most: a message to hundreds is found by its id and its first recipients. */
const MAX_KEYS = 120

/** The words that a trace of this event can be asked by: ids, addresses without case, the Message-ID. */
export function traceKeys(event: Event): readonly string[] {
  const keys = new Set<string>()
  for (const id of [event.message, event.delivery]) if (id !== null) keys.add(id)
  const told = event.data as Told
  const add = (value: unknown): void => {
    if (typeof value === 'string' && value !== '' && keys.size < MAX_KEYS) keys.add(foldKey(value))
  }
  add(told.from)
  add(told.messageId)
  add(told.recipient)
  // Of a copy that was thrown away nothing else tells.
  for (const more of [told.hooks, told.copies]) if (Array.isArray(more)) for (const { address } of more as { address?: unknown }[]) add(address)
  if (Array.isArray(told.recipients)) {
    for (const recipient of told.recipients as { address?: unknown; email?: unknown }[]) {
      add(recipient.address)
      if (typeof recipient.email === 'string') keys.add(recipient.email)
    }
  }
  return [...keys]
}

/** Addresses and Message-IDs are found without case and without angle brackets; ids as they are. */
export function foldKey(text: string): string {
  return text.includes('@') ? text.trim().replace(/^<|>$/g, '').toLowerCase() : text.trim()
}
