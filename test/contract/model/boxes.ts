/** A message of the model. `subject` stays with it through copies and moves. */
export interface ModelMessage {
  readonly uid: number
  readonly subject: string
  readonly flags: ReadonlySet<string>
}

/** What a mailbox ought to hold: the plainest thing that could be right. */
export class ModelBox {
  readonly name: string
  uidnext = 1
  messages: readonly ModelMessage[] = []

  constructor(name: string) {
    this.name = name
  }

  /** Adds a message and gives its UID. UIDs only ever grow. RFC 9051 §2.3.1.1. */
  add(subject: string, flags: Iterable<string>): number {
    const uid = this.uidnext++
    this.messages = [...this.messages, { uid, subject, flags: new Set(flags) }]
    return uid
  }

  find(uid: number): ModelMessage | undefined {
    return this.messages.find((message) => message.uid === uid)
  }

  /** Takes out what `gone` says. */
  drop(gone: (message: ModelMessage) => boolean): void {
    this.messages = this.messages.filter((message) => !gone(message))
  }

  /** Changes the flags of a message, if it is there. */
  flag(uid: number, change: (flags: ReadonlySet<string>) => ReadonlySet<string>): void {
    this.messages = this.messages.map((message) => (message.uid === uid ? { ...message, flags: change(message.flags) } : message))
  }

  count(flag: string): number {
    return this.messages.filter(({ flags }) => flags.has(flag)).length
  }

  /** The mailbox as a client would tell it: `uid flags`, by message number. */
  lines(): readonly string[] {
    return this.messages.map(({ uid, flags }) => line(uid, flags))
  }
}

/** A message as the tests compare it. \Recent is nobody's to compare. */
export function line(uid: number, flags: Iterable<string>): string {
  const kept = [...flags].filter((flag) => flag !== '\\Recent' && flag !== '').sort()
  return `${uid} ${kept.join(' ')}`
}
