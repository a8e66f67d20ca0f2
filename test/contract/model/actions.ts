import assert from 'node:assert/strict'
import { BelievingClient } from '../../support/believing-client.ts'
import { parseSequenceSet } from '../../../src/proto/imap/uid-set.ts'
import { line, type ModelBox } from './boxes.ts'
import type { Reader, World } from './world.ts'

/** One turn: which reader, and what chance picks for it. */
export interface Turn {
  readonly reader: Reader
  readonly pick: number
}

/** What anybody may do; each does it to the product and to the model. */
export const ACTIONS = {
  deliver: (world) => world.deliver(),
  append,
  addFlag: (_, turn) => store(turn, '+FLAGS', (flags, flag) => flags.add(flag)),
  removeFlag: (_, turn) => store(turn, '-FLAGS', (flags, flag) => flags.delete(flag)),
  setFlags: (_, turn) =>
    store(turn, 'FLAGS', (flags, flag) => {
      flags.clear()
      flags.add(flag)
    }),
  markDeleted: (_, { reader, pick }) => storeFlag(reader, pick, '+FLAGS', '\\Deleted', (flags) => flags.add('\\Deleted')),
  expunge,
  expungeOne,
  copy,
  move,
  select,
  noop: async (world, { reader }) => await world.checkReader(reader),
  read,
  remember,
  comeBack,
  pop3Open: (world) => world.openMaildrop(),
  pop3Mark: async ({ maildrop }, { pick }) => await maildrop?.mark(pick),
  pop3Reset: async ({ maildrop }, { pick }) => (pick % 4 === 0 ? await maildrop?.reset() : undefined),
  pop3Read: async ({ maildrop, inbox }, { pick }) => await maildrop?.read(pick, (uid) => inbox.find(uid) !== undefined),
  pop3Quit,
  pop3Break: async (world) => {
    if (world.maildrop !== null) await world.closeMaildrop('break')
  },
} satisfies Record<string, (world: World, turn: Turn) => Promise<void>>

/** The name of an action. */
export type Action = keyof typeof ACTIONS

const FLAGS = ['\\Seen', '\\Flagged', '\\Answered', '\\Draft', '\\Deleted', '$Forwarded', 'kerja']

async function append(world: World, { reader, pick }: Turn): Promise<void> {
  const box = pick % 3 === 0 ? world.trash : world.inbox
  const [subject, flag] = [world.newSubject(), FLAGS[pick % FLAGS.length] ?? '']
  const text = `Subject: ${subject}\r\n\r\n${'x'.repeat(pick)}\r\n`
  const lines = await reader.client.command(`APPEND ${box.name} (${flag}) {${text.length}+}\r\n${text}`)
  const uid = box.add(subject, [flag])
  assert.match(lines.at(-1) ?? '', new RegExp(`\\[APPENDUID \\d+ ${uid}\\]`))
}

async function store(turn: Turn, item: string, change: (flags: Set<string>, flag: string) => unknown): Promise<void> {
  const flag = FLAGS[turn.pick % FLAGS.length] ?? ''
  await storeFlag(turn.reader, turn.pick >> 3, item, flag, (flags) => change(flags, flag))
}

/** Stores by UID on a message that the session knows; it may be gone meanwhile. */
async function storeFlag(reader: Reader, pick: number, item: string, flag: string, change: (flags: Set<string>) => unknown): Promise<void> {
  const uid = known(reader, pick)
  if (uid === null) return
  await reader.client.command(`UID STORE ${uid} ${item} (${flag})`)
  reader.box.flag(uid, (flags) => {
    const copy = new Set(flags)
    change(copy)
    return copy
  })
}

async function expunge(_: World, { reader }: Turn): Promise<void> {
  await reader.client.command('EXPUNGE')
  reader.box.drop(({ flags }) => flags.has('\\Deleted'))
}

async function expungeOne(_: World, { reader, pick }: Turn): Promise<void> {
  const uid = known(reader, pick)
  if (uid === null) return
  await reader.client.command(`UID EXPUNGE ${uid}`)
  reader.box.drop((message) => message.uid === uid && message.flags.has('\\Deleted'))
}

async function copy(world: World, { reader, pick }: Turn): Promise<void> {
  const [uid, to] = [known(reader, pick >> 1), target(world, pick)]
  if (uid === null) return
  const message = reader.box.find(uid)
  const lines = await reader.client.command(`UID COPY ${uid} ${to.name}`)
  if (message === undefined) return
  const made = to.add(message.subject, message.flags)
  assert.match(lines.join('\n'), new RegExp(`\\[COPYUID \\d+ ${uid} ${made}\\]`))
}

async function move(world: World, { reader, pick }: Turn): Promise<void> {
  const [uid, to] = [known(reader, pick >> 1), target(world, pick)]
  if (uid === null) return
  const message = reader.box.find(uid)
  const lines = await reader.client.command(`UID MOVE ${uid} ${to.name}`)
  if (message === undefined) return
  reader.box.drop((other) => other.uid === uid)
  const made = to.add(message.subject, message.flags)
  assert.match(lines.join('\n'), new RegExp(`\\[COPYUID \\d+ ${uid} ${made}\\]`))
}

async function select(world: World, { reader, pick }: Turn): Promise<void> {
  reader.box = target(world, pick)
  await reader.client.select(reader.box.name)
}

/** Reads subjects by UID: each message is the one that it was. */
async function read(_: World, { reader, pick }: Turn): Promise<void> {
  const uid = known(reader, pick)
  if (uid === null) return
  const lines = await reader.client.command(`UID FETCH ${uid} (ENVELOPE)`)
  const subject = /ENVELOPE \(\S+ "(n\d+)"/.exec(lines.join('\n'))?.[1]
  const message = reader.box.find(uid)
  if (message !== undefined) assert.equal(subject, message.subject)
}

/** A client notes the inbox before it goes away. */
async function remember(world: World): Promise<void> {
  const client = new BelievingClient(world.imap.connect())
  await client.login('')
  const answer = (await client.command('STATUS INBOX (UIDVALIDITY HIGHESTMODSEQ)')).join('\n')
  const [uidvalidity, modseq] = [/UIDVALIDITY (\d+)/, /HIGHESTMODSEQ (\d+)/].map((number) => number.exec(answer)?.[1] ?? assert.fail(answer))
  world.memories.push({ uidvalidity: uidvalidity ?? '', modseq: modseq ?? '', lines: world.inbox.lines() })
  await client.command('LOGOUT')
}

/** It comes back: what it remembers and what it hears must make what is there. RFC 7162 §3.2.5. */
async function comeBack({ imap, inbox, memories }: World, { pick }: Turn): Promise<void> {
  const memory = memories[pick % Math.max(1, memories.length)]
  if (memory === undefined) return
  const client = new BelievingClient(imap.connect())
  await client.login('QRESYNC')
  const heard = await client.command(`SELECT INBOX (QRESYNC (${memory.uidvalidity} ${memory.modseq}))`)
  const known = new Map(memory.lines.map((text) => [Number.parseInt(text, 10), text]))
  for (const text of heard) {
    for (const uid of vanished(text)) {
      assert.equal(inbox.find(uid), undefined, `${uid} is said to have vanished`)
      known.delete(uid)
    }
    const fetched = /^\* \d+ FETCH .*UID (\d+).*FLAGS \(([^)]*)\)/.exec(text)
    if (fetched !== null) known.set(Number(fetched[1]), line(Number(fetched[1]), (fetched[2] ?? '').split(' ')))
  }
  const lines = [...known].sort(([a], [b]) => a - b).map(([, text]) => text)
  assert.deepEqual(lines, inbox.lines())
  await client.command('LOGOUT')
}

function vanished(text: string): readonly number[] {
  const set = parseSequenceSet(/^\* VANISHED \(EARLIER\) (\S+)$/.exec(text)?.[1] ?? '')
  if (set?.kind !== 'ranges') return []
  return set.ranges.flatMap(({ a, b }) => Array.from({ length: b - a + 1 }, (_, i) => a + i))
}

async function pop3Quit(world: World): Promise<void> {
  const marked = world.maildrop?.marked ?? new Set<number>()
  if (world.maildrop !== null) await world.closeMaildrop('quit')
  world.inbox.drop(({ uid }) => marked.has(uid))
}

/** A UID that the session believes in. */
function known({ client }: Reader, pick: number): number | null {
  return client.messages[pick % Math.max(1, client.messages.length)]?.uid ?? null
}

function target({ inbox, trash }: World, pick: number): ModelBox {
  return pick % 2 === 0 ? inbox : trash
}
