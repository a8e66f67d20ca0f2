import type { Clock } from '../../../base/clock.ts'
import type { Reply } from '../reply.ts'
import { TRANSCRIPT_CHARS, TRANSCRIPT_FIRST, TRANSCRIPT_LAST } from './limits.ts'

/** A line of a conversation: what we said (`us`), what the server said (`them`), or what happened (`note`). */
export interface TranscriptLine {
  readonly who: 'us' | 'them' | 'note'
  readonly text: string
  /** Milliseconds since 1970. */
  readonly atMs: number
}

/**
 * What was said on one connection, for the trace of a delivery. Secrets and content are never in it, only that they were
 * sent. Bounded: of a long conversation the beginning and the end are kept, and how many lines are missing between them.
 */
export class Transcript {
  readonly #clock: Clock
  readonly #first: TranscriptLine[] = []
  #last: TranscriptLine[] = []
  #missing = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** We said a command, given as it may be shown. */
  said(text: string): void {
    this.#add('us', text)
  }

  /** The server replied. */
  heard(reply: Reply): void {
    const { code, status, text } = reply
    const lead = status === null ? '' : `${status} `
    const lines = text.split('\n')
    for (const [index, line] of lines.entries()) this.#add('them', `${code}${index === lines.length - 1 ? ' ' : '-'}${lead}${line}`)
  }

  /** Something happened: TLS came up, content was sent, the connection broke. */
  note(text: string): void {
    this.#add('note', text)
  }

  /** The conversation so far, oldest first. */
  lines(): readonly TranscriptLine[] {
    if (this.#missing === 0) return [...this.#first, ...this.#last]
    const gap: TranscriptLine = { who: 'note', text: `${this.#missing} lines left out`, atMs: this.#last[0]?.atMs ?? 0 }
    return [...this.#first, gap, ...this.#last.slice(-TRANSCRIPT_LAST)]
  }

  /** The conversation since the last call: what one message on a shared connection adds. */
  take(): readonly TranscriptLine[] {
    const lines = this.lines()
    this.#first.length = 0
    this.#last = []
    this.#missing = 0
    return lines
  }

  #add(who: TranscriptLine['who'], text: string): void {
    const line = { who, text: text.length > TRANSCRIPT_CHARS ? `${text.slice(0, TRANSCRIPT_CHARS)}...` : text, atMs: this.#clock.nowMs() }
    if (this.#first.length < TRANSCRIPT_FIRST) {
      this.#first.push(line)
      return
    }
    this.#last.push(line)
    if (this.#last.length > TRANSCRIPT_LAST) this.#missing += 1
    // Cut now and then only: shifting at each line would cost as much as the conversation.
    if (this.#last.length > TRANSCRIPT_LAST * 2) this.#last = this.#last.slice(-TRANSCRIPT_LAST)
  }
}
