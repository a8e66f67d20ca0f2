import type { Demo } from '../../test/support/server.ts'
import { type BenchOptions, type Figure, format, type Goal, median, spread } from '../figure.ts'
import { pidOf, startMerpati, untilIdle } from '../peers/merpati.ts'
import { type Postfix, startPostfix } from '../peers/postfix.ts'
import { cpuMs } from '../tool/process.ts'
import { type Load, smtpSource } from '../tool/smtp-source.ts'
import { cool, until } from '../tool/wait.ts'

/** One kind of load. Counts are such that a round of either side takes some seconds. */
interface Case {
  readonly name: string
  readonly load: Omit<Load, 'port'>
  readonly peers: readonly { readonly kind: 'queue' | 'maildir'; readonly goal: Goal | null }[]
}

/** Rounds before those that count: a server runs for weeks, and its first seconds (compilation, growing files) are not its speed. */
const WARM_UP = 3

const LOAD = { bytes: 10 * 1024, to: 'budi@merpati.test' }
const times = (atLeast: number): Goal => ({ kind: 'times-peer', atLeast })

const CASES: readonly Case[] = [
  {
    name: '20 sessions, connections kept',
    load: { ...LOAD, sessions: 20, messages: 6000, connections: 'kept' },
    peers: [{ kind: 'queue', goal: times(4) }, { kind: 'maildir', goal: times(6) }],
  },
  {
    name: '20 sessions, a connection for each message',
    load: { ...LOAD, sessions: 20, messages: 6000, connections: 'each' },
    peers: [{ kind: 'queue', goal: null }],
  },
  {
    // One connection takes 1,000 messages of ours (LIMITS MAILMAX).
    name: '1 session, connection kept',
    load: { ...LOAD, sessions: 1, messages: 950, connections: 'kept' },
    peers: [{ kind: 'queue', goal: times(1.5) }],
  },
]

/** What one round came to. */
interface Round {
  readonly perSecond: number
  readonly cpuMsEach: number
  /** Messages a second until everything put off was done as well. */
  readonly sustained: number
}

/**
 * Durable acceptance: a message counts when it was answered 250. Ours is then in the mailbox of its recipient, as an
 * IMAP client sees it. Rounds alternate, on the same disk, each after the other side has come to rest.
 */
export async function accept(options: BenchOptions): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const one of CASES) {
    for (const { kind, goal } of one.peers) figures.push(...(await compare(one, kind, goal, options)))
  }
  return figures
}

async function compare(one: Case, kind: 'queue' | 'maildir', goal: Goal | null, { rounds, say }: BenchOptions): Promise<readonly Figure[]> {
  await using demo = await startMerpati()
  await using postfix = await startPostfix({ kind })
  await untilIdle(demo)
  const ours: Round[] = []
  const theirs: Round[] = []
  for (let round = 1 - WARM_UP; round <= rounds; round++) {
    await cool()
    const merpati = await merpatiRound(demo, one.load)
    await cool()
    const peer = await postfixRound(postfix, kind, one.load)
    say(`accept, ${one.name}, ${round <= 0 ? 'warm-up' : `round ${round}`}: ${describe(merpati)}; Postfix ${kind} ${describe(peer)}`)
    if (round <= 0) continue
    ours.push(merpati)
    theirs.push(peer)
  }
  return figuresOf(`accept, ${one.name}`, { ours, theirs, kind, goal })
}

async function merpatiRound(demo: Demo, load: Omit<Load, 'port'>): Promise<Round> {
  const pid = pidOf(demo)
  const before = cpuMs(pid)
  const seconds = await smtpSource({ ...load, port: demo.ports.smtp })
  const cpu = cpuMs(pid) - before
  const idleMs = await untilIdle(demo)
  return { perSecond: load.messages / seconds, cpuMsEach: cpu / load.messages, sustained: load.messages / (seconds + idleMs / 1000) }
}

async function postfixRound(postfix: Postfix, kind: 'queue' | 'maildir', load: Omit<Load, 'port'>): Promise<Round> {
  const before = cpuMs(postfix.pid)
  const started = performance.now()
  await smtpSource({ ...load, port: postfix.port })
  if (kind === 'maildir') await until('Postfix to deliver', () => postfix.delivered() >= load.messages, 120_000, 50)
  const seconds = (performance.now() - started) / 1000
  const cpu = cpuMs(postfix.pid) - before
  if (kind === 'queue' && postfix.queued() < load.messages) throw new Error(`Postfix holds ${postfix.queued()} of ${load.messages}`)
  postfix.empty()
  return { perSecond: load.messages / seconds, cpuMsEach: cpu / load.messages, sustained: load.messages / seconds }
}

interface Rounds {
  readonly ours: readonly Round[]
  readonly theirs: readonly Round[]
  readonly kind: 'queue' | 'maildir'
  readonly goal: Goal | null
}

const PEERS = { queue: 'Postfix, queue only', maildir: 'Postfix to Maildir' }

function figuresOf(name: string, { ours, theirs, kind, goal }: Rounds): readonly Figure[] {
  const of = (rounds: readonly Round[], value: (round: Round) => number): number[] => rounds.map(value)
  const rates = { ours: of(ours, (round) => round.perSecond), peer: of(theirs, (round) => round.perSecond) }
  const peerName = PEERS[kind]
  const note = `rounds ${spread(rates.ours)} against ${spread(rates.peer)}; with the trace index done ${format(median(of(ours, (round) => round.sustained)))}/s`
  return [
    { name, unit: '/s', ours: median(rates.ours), peer: { name: peerName, value: median(rates.peer) }, goal, note },
    {
      name: `CPU a message, ${name.slice('accept, '.length)}`,
      unit: 'ms',
      ours: median(of(ours, (round) => round.cpuMsEach)),
      peer: { name: peerName, value: median(of(theirs, (round) => round.cpuMsEach)) },
      goal: null,
      note: 'all processes and threads of each',
    },
  ]
}

function describe({ perSecond, cpuMsEach, sustained }: Round): string {
  return `${format(perSecond)}/s, ${format(cpuMsEach)} ms CPU${sustained < perSecond * 0.99 ? `, ${format(sustained)}/s with what was put off` : ''}`
}
