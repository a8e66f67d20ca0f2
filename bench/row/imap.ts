import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { SmtpClient } from '../../test/support/smtp-client.ts'
import type { Demo } from '../../test/support/server.ts'
import { type BenchOptions, type Figure, type Goal, median, spread } from '../figure.ts'
import { startDovecot } from '../peers/dovecot.ts'
import { startMerpati, untilIdle } from '../peers/merpati.ts'
import { cool } from '../tool/wait.ts'

const COUNT = 6_000
const SESSIONS = 10
const EMPTY = 'Arsip'

const NO_SLOWER: Goal = { kind: 'no-slower' }

/** What is asked of both, in this order, on a connection that is logged in. The first two run on a mailbox not yet selected. */
const WORK: readonly { readonly name: string; readonly commands: readonly string[]; readonly goal: Goal | null; readonly note: string }[] = [
  { name: 'SELECT', commands: ['SELECT INBOX'], goal: NO_SLOWER, note: '' },
  { name: 'FETCH all but bodies', commands: ['FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)'], goal: NO_SLOWER, note: 'UID, flags, date, size, envelope, structure' },
  { name: 'FETCH header fields', commands: ['FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (DATE FROM SUBJECT TO CC MESSAGE-ID REFERENCES)])'], goal: NO_SLOWER, note: 'as mutt asks' },
  { name: 'FETCH FLAGS', commands: ['FETCH 1:* (UID FLAGS)'], goal: NO_SLOWER, note: '' },
  { name: 'FETCH bodies', commands: ['UID FETCH 1:* BODY.PEEK[]'], goal: NO_SLOWER, note: 'every message whole' },
  { name: 'SEARCH TEXT', commands: ['SEARCH TEXT zebrafinch'], goal: null, note: 'a scan; the index comes later' },
  { name: 'STORE on all', commands: ['STORE 1:* +FLAGS.SILENT (\\Flagged)', 'STORE 1:* -FLAGS.SILENT (\\Flagged)'], goal: NO_SLOWER, note: 'set and unset' },
]

/** The work of a mail client on a mailbox of 6,000 messages: the same bytes in both servers, the same client. Dovecot on a Maildir. */
export async function imap({ rounds, say }: BenchOptions): Promise<readonly Figure[]> {
  const messages = Array.from({ length: COUNT }, (_, number) => message(number))
  await using demo = await startMerpati()
  await fill(demo, messages)
  await untilIdle(demo)
  await using dovecot = await startDovecot(messages)
  const ours = new Map<string, number[]>(WORK.map(({ name }) => [name, []]))
  const theirs = new Map<string, number[]>(WORK.map(({ name }) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const [times, port, user] of [[ours, demo.ports.imap, 'budi@merpati.test'], [theirs, dovecot.imap, dovecot.user]] as const) {
      await cool()
      const client = await Asker.login(port, user)
      for (const { name, commands } of WORK) {
        const started = performance.now()
        for (const command of commands) await client.ask(command)
        const tookMs = performance.now() - started
        say(`imap, ${times === ours ? 'Merpati' : 'Dovecot'}, ${round === 0 ? 'warm-up' : `round ${round}`}, ${name}: ${tookMs.toFixed(1)} ms`)
        if (round > 0) times.get(name)?.push(tookMs)
      }
      client.close()
    }
  }
  return WORK.map(({ name, goal, note }) => {
    const [mine, other] = [ours.get(name) ?? [], theirs.get(name) ?? []]
    const rangeNote = `rounds ${spread(mine)} against ${spread(other)}${note === '' ? '' : `; ${note}`}`
    return { name: `IMAP ${name}, ${COUNT} messages`, unit: 'ms', ours: median(mine), peer: { name: 'Dovecot', value: median(other) }, goal, note: rangeNote }
  })
}

/** Puts the messages into an empty INBOX, by the front door. */
async function fill(demo: Demo, messages: readonly Uint8Array[]): Promise<void> {
  const client = await Asker.login(demo.ports.imap, 'budi@merpati.test')
  await client.ask(`CREATE ${EMPTY}`)
  await client.ask('SELECT INBOX')
  await client.ask(`MOVE 1:* ${EMPTY}`)
  client.close()
  let next = 0
  await Promise.all(Array.from({ length: SESSIONS }, async () => {
    using sender = await SmtpClient.open({ port: demo.ports.smtp })
    await sender.command('EHLO bench.example')
    for (let data = messages[next++]; data !== undefined; data = messages[next++]) {
      const reply = await sender.send({ from: 'bench@source.example', to: ['budi@merpati.test'], data })
      if (reply.code !== 250) throw new Error(`not delivered: ${reply.text}`)
    }
  }))
}

/** Plain text of 1 to 8 KiB; one in five has an HTML alternative, one in ten an attachment. */
function message(number: number): Uint8Array {
  const words = Array.from({ length: 100 + (number * 37) % 900 }, (_, index) => WORDS[(number * 31 + index * 17 + (index >> 3)) % WORDS.length])
  if (number % 1500 === 7) words.push('zebrafinch')
  const text = words.join(' ').replace(/(.{60,72}) /g, '$1\r\n')
  const head = [
    `From: Sender ${number % 97} <sender${number % 97}@source.example>`, 'To: Budi <budi@merpati.test>', `Subject: Message ${number} of the benchmark`,
    `Date: Mon, 23 Nov 2026 08:00:${String(number % 60).padStart(2, '0')} +0000`, `Message-ID: <bench-${number}@source.example>`, 'MIME-Version: 1.0',
  ]
  if (number % 10 !== 3 && number % 5 !== 1) return Buffer.from([...head, 'Content-Type: text/plain; charset=utf-8', '', text, ''].join('\r\n'))
  const kind = number % 5 === 1 ? 'alternative' : 'mixed'
  const second = kind === 'alternative' ? ['Content-Type: text/html; charset=utf-8', '', `<p>${text}</p>`] : ['Content-Type: application/octet-stream', 'Content-Disposition: attachment; filename="a.bin"', 'Content-Transfer-Encoding: base64', '', `${'QUJD'.repeat(19)}\r\n`.repeat(50)]
  const parts = ['--part', 'Content-Type: text/plain; charset=utf-8', '', text, '--part', ...second, '--part--', '']
  return Buffer.from([...head, `Content-Type: multipart/${kind}; boundary="part"`, '', ...parts].join('\r\n'))
}

const WORDS = 'surat kabar pagi merpati terbang tinggi di atas atap rumah kami the quick message travels over many roads before it rests in one box of mail and waits there until somebody reads it again'.split(' ')

/** A client that costs as little as can be: it waits for the tagged end and throws the rest away. */
class Asker {
  readonly #socket: Socket
  #tags = 0
  #tail = ''
  #waiting: { readonly tag: string; readonly resolve: () => void; readonly reject: (error: Error) => void } | null = null

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#hear(chunk))
    socket.on('close', () => this.#waiting?.reject(new Error('the server closed')))
  }

  static async login(port: number, user: string): Promise<Asker> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    await once(socket, 'data')
    const asker = new Asker(socket)
    await asker.ask(`LOGIN ${user} merpati`)
    return asker
  }

  async ask(command: string): Promise<void> {
    const tag = `bench${++this.#tags}`
    await new Promise<void>((resolve, reject) => {
      this.#waiting = { tag, resolve, reject }
      this.#socket.write(`${tag} ${command}\r\n`)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #hear(chunk: Buffer): void {
    if (this.#waiting === null) return
    this.#tail = (this.#tail + chunk.toString('latin1', Math.max(0, chunk.length - 2048))).slice(-4096)
    if (!this.#tail.endsWith('\r\n')) return
    const { tag, resolve, reject } = this.#waiting
    const lineEnd = this.#tail.lastIndexOf('\r\n', this.#tail.length - 3)
    const last = lineEnd === -1 ? this.#tail : this.#tail.slice(lineEnd + 2)
    if (!last.startsWith(`${tag} `)) return
    this.#waiting = null
    this.#tail = ''
    if (last.startsWith(`${tag} OK`)) resolve()
    else reject(new Error(last))
  }
}
