import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { smtpBackend } from '../../../src/app/backend/smtp.ts'
import { pop3Backend } from '../../../src/app/backend/pop3.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLog } from '../../../src/base/log.ts'
import { AUTOLOGOUT_MS } from '../../../src/proto/pop3/limits.ts'
import { servePop3 } from '../../../src/proto/pop3/session.ts'
import { smtpConfig } from '../../../src/proto/smtp/server/config.ts'
import { GatherBudget } from '../../../src/proto/smtp/server/gather-budget.ts'
import { serveSmtp } from '../../../src/proto/smtp/server/session.ts'
import { BelievingClient } from '../../support/believing-client.ts'
import { playDialog } from '../../support/dialog.ts'
import { smtpHouse } from '../../support/house.ts'
import { type ImapHouse, openImapHouse } from '../../support/imap-house.ts'
import { MemoryWire } from '../../support/memory-wire.ts'
import { line, ModelBox } from './boxes.ts'
import { Maildrop } from './maildrop.ts'

const POP3 = { stls: 'offer', plainPasswords: 'allow', autologoutMs: AUTOLOGOUT_MS, log: silentLog } as const

/** An IMAP session and the mailbox it has open. */
export interface Reader {
  readonly client: BelievingClient
  box: ModelBox
}

/** The inbox as it once was, for a client that comes back with QRESYNC. */
export interface Memory {
  readonly uidvalidity: string
  readonly modseq: string
  readonly lines: readonly string[]
}

/** The product and the model of it, side by side. */
export class World implements AsyncDisposable {
  readonly imap: ImapHouse
  readonly inbox = new ModelBox('INBOX')
  readonly trash = new ModelBox('Trash')
  readonly readers: Reader[] = []
  /** The POP3 session that holds the inbox, and what the model says it does. */
  maildrop: Maildrop | null = null
  readonly memories: Memory[] = []
  #subjects = 0
  readonly #sessions: Promise<void>[] = []

  private constructor(imap: ImapHouse) {
    this.imap = imap
  }

  /** Opens a house and two sessions: one plain, one with QRESYNC. */
  static async open(): Promise<World> {
    const world = new World(await openImapHouse())
    for (const options of ['', 'QRESYNC']) {
      const client = new BelievingClient(world.imap.connect())
      await client.open(options)
      world.readers.push({ client, box: world.inbox })
    }
    return world
  }

  newSubject(): string {
    return `n${++this.#subjects}`
  }

  /** A message comes by SMTP. */
  async deliver(): Promise<void> {
    const subject = this.newSubject()
    const wire = new MemoryWire()
    const config = smtpConfig({ hostname: 'mx.home.example', gather: new GatherBudget(100_000), clock: systemClock, onError: assert.ifError })
    const backend = smtpBackend(smtpHouse(this.imap.house))
    const session = serveSmtp(wire, 'mx', backend, config, new AbortController().signal)
    const dialog = `S~ 220
C: EHLO far.example
S* 250 
C: MAIL FROM:<budi@far.example>
S~ 250
C: RCPT TO:<ani@home.example>
S~ 250
C: DATA
S~ 354
C: Subject: ${subject}
C:
C: Selamat pagi.
C: .
S~ 250`
    await playDialog(dialog, () => wire)
    await session
    this.inbox.add(subject, [])
  }

  /** Opens the inbox by POP3, or sees that another session holds it. RFC 1939 §4. */
  async openMaildrop(): Promise<void> {
    const { db, segments, access } = this.imap.house
    const wire = new MemoryWire()
    const house = { db, segments, access, clock: systemClock, lockMs: 60_000, holder: randomUUID, changed: () => {} }
    this.#sessions.push(servePop3(wire, pop3Backend(house, wire.peer), POP3, new AbortController().signal))
    const maildrop = await Maildrop.login(wire, this.inbox.messages)
    assert.equal(maildrop === null, this.maildrop !== null, 'one POP3 session at a time holds the inbox')
    this.maildrop ??= maildrop
  }

  /** Ends the POP3 session by QUIT or by a broken connection, and waits until the server has let go of the inbox. */
  async closeMaildrop(how: 'quit' | 'break'): Promise<void> {
    if (how === 'quit') await this.maildrop?.quit()
    this.maildrop?.hangUp()
    this.maildrop = null
    await Promise.all(this.#sessions)
  }

  /** What the session knows must be what is there. */
  async checkReader({ client, box }: Reader): Promise<void> {
    await client.command('NOOP')
    if (client.messages.some(({ uid, flags }) => uid === null || flags === null)) await client.look()
    const seen = client.messages.map(({ uid, flags }) => line(uid ?? 0, (flags ?? '').split(' ')))
    assert.deepEqual(seen, box.lines())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.maildrop?.hangUp()
    await Promise.all(this.#sessions)
    await this.imap[Symbol.asyncDispose]()
  }
}
