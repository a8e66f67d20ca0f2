import assert from 'node:assert/strict'
import { systemClock } from '../../src/base/clock.ts'
import { parsePath } from '../../src/proto/mail/address.ts'
import type { Address } from '../../src/proto/mail/address.ts'
import type { MailParams, RcptParams } from '../../src/proto/smtp/envelope.ts'
import { NO_MAIL_PARAMS, NO_RCPT_PARAMS } from '../../src/proto/smtp/envelope.ts'
import { SmtpClient } from '../../src/proto/smtp/client/client.ts'
import { DEADLINES, type Deadlines } from '../../src/proto/smtp/client/limits.ts'
import type { Outgoing, OutgoingContent } from '../../src/proto/smtp/client/outgoing.ts'
import { Transcript } from '../../src/proto/smtp/client/transcript.ts'
import { MemoryWire, TEST_TLS } from './memory-wire.ts'

/** A message as a dialog or a test writes it. */
export interface WrittenMessage extends Partial<Pick<MailParams, 'requireTls' | 'ret' | 'envid' | 'auth'>> {
  /** `''` is the null sender. */
  readonly from: string
  /** Addresses, or addresses with DSN parameters. */
  readonly to: readonly (string | (Partial<RcptParams> & { readonly address: string }))[]
  readonly text?: string
  /** `text`, so many times. */
  readonly times?: number
  readonly sizeBytes?: number
  readonly body?: OutgoingContent['body']
  readonly utf8Header?: boolean
  /** The source fails after the text. */
  readonly breaks?: boolean
}

/** Makes a message to send. */
export function outgoing(written: WrittenMessage): Outgoing {
  const { from, to, text = 'Subject: Halo\r\n\r\nHalo\r\n', times = 1, body = '7BIT', utf8Header = false, breaks = false, sizeBytes, ...params } = written
  const bytes = Buffer.from(text, body === '7BIT' ? 'utf8' : 'latin1')
  async function* open(): AsyncGenerator<Uint8Array> {
    for (let time = 0; time < times; time++) yield bytes
    if (breaks) throw new Error('the disk is gone')
  }
  return {
    sender: { ...NO_MAIL_PARAMS, ...params, from: from === '' ? null : address(from) },
    recipients: to.map((each) => {
      const { address: text, ...own } = typeof each === 'string' ? { address: each } : each
      return { ...NO_RCPT_PARAMS, ...own, to: text === 'postmaster' ? 'postmaster' : address(text) }
    }),
    content: { sizeBytes: sizeBytes ?? bytes.length * times, body, utf8Header, open },
  }
}

function address(text: string): Address {
  const parsed = parsePath(`<${text}>`)
  assert.ok(parsed.ok && parsed.value.path.kind === 'address', `${text} is an address`)
  return parsed.value.path.address
}

/** A client on a wire in memory. */
export function memoryClient(settings: { readonly flavour?: 'smtp' | 'lmtp'; readonly tls?: boolean; readonly deadlines?: Partial<Deadlines> } = {}): {
  readonly wire: MemoryWire
  readonly client: SmtpClient
  readonly transcript: Transcript
} {
  const wire = new MemoryWire({ tls: settings.tls === true ? TEST_TLS : null })
  const transcript = new Transcript(systemClock)
  const deadlines = { ...DEADLINES, ...settings.deadlines }
  return { wire, transcript, client: new SmtpClient(wire, { flavour: settings.flavour ?? 'smtp', name: 'me.example', deadlines, transcript }) }
}

/**
 * Plays a file in which the test is the server:
 *
 *     #! {"flavour":"lmtp","tls":true}   settings, in the first lines
 *     #> greet                           the client begins to do something: greet, hello (both: `strict` for no HELO), starttls,
 *     #> send {"from":...,"to":[...]}    login {...}, send {...} (`WrittenMessage`), quit, close
 *     S: 250 Ok                          the server says a line; adjacent S lines are one write
 *     S! "raw\r\n"                       a JSON string, as it is (Latin-1)
 *     S.                                 the server closes
 *     C: EHLO me.example                 the client's next line, exactly
 *     C* .                               lines are skipped until this one
 *     C-                                 the client has nothing more to say for now
 *     C.                                 the client has closed, without another word
 *     #= {...}                           what the last action came to; only what is named is compared
 *     #error text                        the last action threw an error with this message
 *     #trace us AUTH PLAIN ****          a line of the transcript
 */
export async function playClientDialog(source: string): Promise<void> {
  const settings = /^#! (.*)$/m.exec(source)?.[1] ?? '{}'
  const { wire, client, transcript } = memoryClient(JSON.parse(settings) as Parameters<typeof memoryClient>[0])
  const lines = source.split('\n')
  const ear = new Ear(wire)
  let action: Promise<unknown> | null = null
  for (let i = 0; i < lines.length; i++) {
    const found = /^(#!|#>|#=|#error|#trace|S:|S!|S\.|C:|C\*|C-|C\.) ?(.*)$/.exec(lines[i] ?? '')
    const where = `line ${i + 1}`
    if (found === null) {
      assert.ok((lines[i] ?? '') === '' || lines[i]?.startsWith('# ') === true, `${where} is no step: ${lines[i]}`)
      continue
    }
    const [, kind, text = ''] = found
    if (kind === '#>') {
      action = act(client, text)
      action.catch(() => {}) // Looked at by `#=` or `#error`, in its time.
    }
    if (kind === '#=') assert.partialDeepStrictEqual({ result: plain(await action) }, { result: JSON.parse(text) as unknown }, where)
    if (kind === '#error') await assert.rejects(action ?? Promise.resolve(), { message: text }, where)
    if (kind === '#trace') assert.ok(transcript.lines().some((line) => `${line.who} ${line.text}` === text), `${where}: ${JSON.stringify(transcript.lines())}`)
    if (kind === 'S:' || kind === 'S!') {
      let said = ''
      for (; /^S[:!]/.test(lines[i] ?? ''); i++) said += lines[i]?.startsWith('S!') === true ? (JSON.parse(lines[i]?.slice(3) ?? '') as string) : `${lines[i]?.slice(3)}\r\n`
      i -= 1
      wire.say(Buffer.from(said, /[^\0-\xff]/.test(said) ? 'utf8' : 'latin1'))
    }
    if (kind === 'S.') wire.hangUp()
    if (kind === 'C:') assert.equal(await ear.line(where), text, where)
    if (kind === 'C*') while ((await ear.line(where)) !== text);
    if (kind === 'C-') assert.equal(ear.rest, '', where)
    if (kind === 'C.') await ear.end(where)
  }
  await action?.catch(() => {})
}

/** `undefined` in place of what JSON cannot say. */
function plain(value: unknown): unknown {
  return value === undefined ? null : value
}

async function act(client: SmtpClient, text: string): Promise<unknown> {
  const signal = new AbortController().signal
  const space = text.indexOf(' ')
  const word = space === -1 ? text : text.slice(0, space)
  const rest = space === -1 ? '' : text.slice(space + 1)
  const fallback = rest === 'strict' ? 'none' : 'helo'
  if (word === 'greet') return await client.greet(fallback, signal)
  if (word === 'hello') return await client.hello(fallback, signal)
  if (word === 'starttls') return await client.startTls(signal)
  if (word === 'login') return await client.logIn(JSON.parse(rest) as Parameters<SmtpClient['logIn']>[0], signal)
  if (word === 'send') return await client.send(outgoing(JSON.parse(rest) as WrittenMessage), signal)
  if (word === 'quit') return await client.quit(signal)
  if (word === 'close') return client.close()
  throw new Error(`no such action: ${word}`)
}

/** What the client says, line by line. */
class Ear {
  readonly #wire: MemoryWire
  rest = ''

  constructor(wire: MemoryWire) {
    this.#wire = wire
  }

  async line(where: string): Promise<string> {
    for (;;) {
      const end = this.rest.indexOf('\r\n')
      if (end !== -1) {
        const line = this.rest.slice(0, end)
        this.rest = this.rest.slice(end + 2)
        return line
      }
      const more = Buffer.from(await patient(this.#wire.hearBytes(), where)).toString('latin1')
      assert.notEqual(more, '', `${where}: the client has closed`)
      this.rest += more
    }
  }

  async end(where: string): Promise<void> {
    while (!this.#wire.ended) this.rest += await patient(this.#wire.hear(), where)
    assert.equal(this.rest, '', `${where}: the client closes without another word`)
  }
}

async function patient<T>(work: Promise<T>, where: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${where}: the client says nothing`)), 10_000)
  })
  try {
    return await Promise.race([work, silence])
  } finally {
    clearTimeout(timer)
  }
}
