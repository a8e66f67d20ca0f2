import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accepts, freePort } from './port.ts'
import { withSbin } from './smtp-source.ts'
import { until } from './wait.ts'

/** Postfix's `smtp-sink`: takes every message and throws it away. */
export interface SmtpSink extends AsyncDisposable {
  readonly port: number
  /** Waits for `count` more messages, and gives the milliseconds from the first to the last of them. */
  taken(count: number, withinMs: number): Promise<number>
}

/** Starts a sink on 127.0.0.1. */
export async function startSink(): Promise<SmtpSink> {
  const port = await freePort()
  // It counts to its output as messages come. Debian's runs as root only when told as whom.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const child = spawn('smtp-sink', [...user, '-c', `127.0.0.1:${port}`, '1000'], { stdio: ['ignore', 'pipe', 'inherit'], env: withSbin() })
  const counter = new Counter(child)
  await until('smtp-sink to listen', () => accepts(port), 10_000)
  return {
    port,
    taken: (count, withinMs) => counter.more(count, withinMs),
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    },
  }
}

/** Reads what the sink counts, and when. */
class Counter {
  #messages = 0
  #firstMs: number | null = null
  #lastMs = 0

  constructor(child: ChildProcess) {
    child.stdout?.setEncoding('latin1').on('data', (text: string) => {
      const [, count] = [...text.matchAll(/mesg[= ]+(\d+)/gi)].at(-1) ?? []
      if (count === undefined || Number(count) === this.#messages) return
      this.#messages = Number(count)
      this.#firstMs ??= performance.now()
      this.#lastMs = performance.now()
    })
  }

  async more(count: number, withinMs: number): Promise<number> {
    const goal = this.#messages + count
    this.#firstMs = null
    await until(`${count} messages at the sink`, () => this.#messages >= goal, withinMs)
    return this.#lastMs - (this.#firstMs ?? this.#lastMs)
  }
}
