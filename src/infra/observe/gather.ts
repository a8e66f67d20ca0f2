import type { MessagePort } from 'node:worker_threads'
import { TaskGroup } from '../../base/task-group.ts'
import type { Log } from '../../base/log.ts'
import { GATHER_WITHIN_MS } from './limits.ts'
import type { Metrics, Snapshot } from './metrics.ts'
import { render } from './metrics.ts'

/** What goes over the port between the main thread and a worker. `seq` joins an answer to its question. */
type Message =
  | { readonly kind: 'tell'; readonly seq: number }
  | { readonly kind: 'told'; readonly seq: number; readonly snapshot: Snapshot }
  | { readonly kind: 'merge'; readonly seq: number }
  | { readonly kind: 'merged'; readonly seq: number; readonly text: string }

/** Questions on their way to another thread. Each is answered, or null when the thread is silent or gone. */
class Questions<T> {
  readonly #open = new Map<number, (answer: T | null) => void>()
  #seq = 0

  async ask(post: (seq: number) => void): Promise<T | null> {
    const seq = (this.#seq += 1)
    return await new Promise((resolve) => {
      const timer = setTimeout(() => this.answer(seq, null), GATHER_WITHIN_MS)
      this.#open.set(seq, (answer) => {
        clearTimeout(timer)
        this.#open.delete(seq)
        resolve(answer)
      })
      post(seq)
    })
  }

  answer(seq: number, answer: T | null): void {
    this.#open.get(seq)?.(answer)
  }

  giveUp(): void {
    for (const settle of [...this.#open.values()]) settle(null)
  }
}

/** The main thread's side: asks every worker for its numbers and merges them with its own. */
export class MetricsHub {
  readonly #own: Metrics
  readonly #tasks: TaskGroup
  readonly #workers = new Map<MessagePort, Questions<Snapshot>>()

  constructor(own: Metrics, log: Log) {
    this.#own = own
    this.#tasks = new TaskGroup(log)
  }

  /** Takes a worker in until its port closes. Its counters begin again at zero when it is restarted, which Prometheus understands. */
  attach(port: MessagePort): void {
    const questions = new Questions<Snapshot>()
    this.#workers.set(port, questions)
    port.on('message', (message: Message) => {
      if (message.kind === 'told') questions.answer(message.seq, message.snapshot)
      if (message.kind === 'merge') this.#tasks.add('metrics.failed', this.#answer(port, message.seq))
    })
    port.once('close', () => {
      this.#workers.delete(port)
      questions.giveUp()
    })
    port.unref()
  }

  /** The whole process's numbers in Prometheus' text format. Workers that do not answer within 2 s are left out. */
  async merged(): Promise<string> {
    const asked = [...this.#workers].map(([port, questions]) => questions.ask((seq) => port.postMessage({ kind: 'tell', seq } satisfies Message)))
    const told = await Promise.all([this.#own.snapshot(), ...asked])
    return await render(told.filter((snapshot) => snapshot !== null))
  }

  async #answer(port: MessagePort, seq: number): Promise<void> {
    port.postMessage({ kind: 'merged', seq, text: await this.merged() } satisfies Message)
  }
}

/** A worker's side: tells its numbers when asked, and can ask for the whole process's. */
export class MetricsMember {
  readonly #own: Metrics
  readonly #port: MessagePort
  readonly #tasks: TaskGroup
  readonly #questions = new Questions<string>()

  constructor(own: Metrics, port: MessagePort, log: Log) {
    this.#own = own
    this.#port = port
    this.#tasks = new TaskGroup(log)
    port.on('message', (message: Message) => {
      if (message.kind === 'tell') this.#tasks.add('metrics.failed', this.#tell(message.seq))
      if (message.kind === 'merged') this.#questions.answer(message.seq, message.text)
    })
    port.once('close', () => this.#questions.giveUp())
    port.unref()
  }

  /** The whole process's numbers, or this thread's alone when the main thread does not answer. */
  async merged(): Promise<string> {
    const text = await this.#questions.ask((seq) => this.#port.postMessage({ kind: 'merge', seq } satisfies Message))
    return text ?? (await render([await this.#own.snapshot()]))
  }

  async #tell(seq: number): Promise<void> {
    this.#port.postMessage({ kind: 'told', seq, snapshot: await this.#own.snapshot() } satisfies Message)
  }
}
