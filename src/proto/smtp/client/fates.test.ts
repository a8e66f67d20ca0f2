import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { memoryClient, outgoing } from '../../../../test/support/client-dialog.ts'
import type { MemoryWire } from '../../../../test/support/memory-wire.ts'
import type { Fate } from './fate.ts'

/** What the server says to one message. */
interface Plan {
  readonly mail: string
  readonly rcpt: readonly string[]
  readonly data: string
  /** LMTP uses as many as it accepted; SMTP the first. */
  readonly final: readonly string[]
}

/** What goes wrong, and before which reply of the connection. */
interface Trouble {
  readonly kind: 'none' | 'hang-up' | 'farewell' | 'nonsense'
  readonly at: number
}

const plan = (recipients: number): fc.Arbitrary<Plan> =>
  fc.record({
    mail: fc.constantFrom('250 Ok', '250 Ok', '250 Ok', '451 Later', '550 No'),
    rcpt: fc.array(fc.constantFrom('250 Ok', '251 Ok', '450 Later', '550-No\r\n550 No', '552 Too many recipients'), { minLength: recipients, maxLength: recipients }),
    data: fc.constantFrom('354 Go on', '354 Go on', '354 Go on', '451 Later', '554 No'),
    final: fc.array(fc.constantFrom('250 Ok', '452 Later', '554 No'), { minLength: recipients, maxLength: recipients }),
  })

const settings = fc.record({
  lmtp: fc.boolean(),
  pipelining: fc.boolean(),
  plans: fc.array(fc.integer({ min: 1, max: 5 }).chain(plan), { minLength: 1, maxLength: 3 }),
  trouble: fc.record({ kind: fc.constantFrom('none', 'hang-up', 'farewell', 'nonsense'), at: fc.integer({ min: 0, max: 25 }) }) satisfies fc.Arbitrary<Trouble>,
})

/** The replies of a connection, in order; null when the trouble has come. */
class Mouth {
  #said = 0
  readonly #trouble: Trouble
  constructor(trouble: Trouble) {
    this.#trouble = trouble
  }

  /** The next reply as the client will hear it: itself, or what came in its place. */
  next(text: string): string {
    const { kind, at } = this.#trouble
    if (kind === 'none' || this.#said++ < at) return text
    if (kind === 'farewell') return '421 Bye'
    return kind === 'nonsense' ? 'What?' : ''
  }
}

/** A server that does as planned, command by command. */
async function serve(wire: MemoryWire, lmtp: boolean, plans: readonly Plan[], trouble: Trouble): Promise<void> {
  const mouth = new Mouth(trouble)
  let rest = ''
  let message = -1
  let accepted = 0
  let rcpts = 0
  const say = (text: string): boolean => {
    const said = mouth.next(text)
    if (said === '') wire.hangUp()
    else wire.say(`${said}\r\n`)
    return said === text
  }
  const line = async (): Promise<string | null> => {
    for (;;) {
      const end = rest.indexOf('\r\n')
      if (end !== -1) {
        const found = rest.slice(0, end)
        rest = rest.slice(end + 2)
        return found
      }
      const more = await wire.hear()
      if (more === '') return null
      rest += more
    }
  }
  for (let command = await line(); command !== null; command = await line()) {
    const plan = plans[Math.max(0, message)] as Plan
    if (command.endsWith('HLO me.example')) continue // Its reply was said beforehand.
    if (command === 'RSET') {
      if (!say('250 Ok')) return
    } else if (command.startsWith('MAIL')) {
      message += 1
      accepted = 0
      rcpts = 0
      if (!say(plans[message]?.mail ?? '')) return
    } else if (command.startsWith('RCPT')) {
      const text = plan.mail.startsWith('250') ? (plan.rcpt[rcpts] ?? '') : '503 MAIL first'
      rcpts += 1
      if (text.startsWith('2')) accepted += 1
      if (!say(text)) return
    } else if (command === 'DATA') {
      // A server that grants DATA to nobody, as some do; LMTP servers must not.
      const text = lmtp && accepted === 0 ? '503 Nobody' : plan.data
      if (!say(text)) return
      if (!text.startsWith('354')) continue
      for (let content = await line(); content !== '.'; content = await line()) if (content === null) return
      const finals = lmtp ? plan.final.slice(0, accepted) : plan.final.slice(0, 1)
      for (const each of finals) if (!say(each)) return
    } else {
      assert.fail(`unexpected: ${command}`)
    }
  }
}

const short = (kind: Fate['kind'], stage: Fate['stage']): string => `${kind} at ${stage}`
const refusal = (text: string): 'temporary' | 'permanent' => (text.startsWith('4') || text.includes('Too many') ? 'temporary' : 'permanent')

/**
 * Said plainly: what each recipient's fate is, message after message, as far as the connection goes. The replies are consumed in the
 * order in which the commands are sent; those that decide nothing are consumed all the same.
 */
function model(lmtp: boolean, pipelining: boolean, plans: readonly Plan[], trouble: Trouble): readonly (readonly string[])[] {
  const mouth = new Mouth(trouble)
  const isTrouble = (heard: string): boolean => heard === '' || heard === '421 Bye' || heard === 'What?'
  const all: string[][] = []
  let reset = false
  for (const { mail, rcpt, data, final } of plans) {
    const fates: (string | null)[] = rcpt.map(() => null)
    const fill = (fate: string): void => void fates.forEach((each, i) => (fates[i] = each ?? fate))
    const run = (): boolean => {
      if (reset && isTrouble(mouth.next('250 Ok'))) return fill(short('temporary', 'reset')), false
      reset = true
      if (isTrouble(mouth.next(mail))) return fill(short('temporary', 'mail')), false
      const refused = !mail.startsWith('2')
      if (refused) fill(short(refusal(mail), 'mail'))
      if (refused && !pipelining) return true
      for (const [i, text] of rcpt.entries()) {
        if (isTrouble(mouth.next(refused ? '503 MAIL first' : text))) return fill(short('temporary', 'rcpt')), false
        if (!refused && !text.startsWith('2')) fates[i] = short(refusal(text), 'rcpt')
      }
      const open = fates.flatMap((fate, i) => (fate === null ? [i] : []))
      const eager = pipelining && rcpt.length === 1
      if (open.length === 0 && !eager) return true
      const granted = lmtp && open.length === 0 ? '503 Nobody' : data
      if (isTrouble(mouth.next(granted))) return fill(short('temporary', 'data')), false
      if (!granted.startsWith('354')) return fill(short(refusal(granted), 'data')), true
      if (open.length === 0) return !isTrouble(mouth.next(final[0] ?? ''))
      for (const [i, text] of (lmtp ? final.slice(0, open.length) : final.slice(0, 1)).entries()) {
        const heard = mouth.next(text)
        const who = lmtp ? [open[i] ?? -1] : open
        if (heard === '421 Bye') for (const index of who) fates[index] = short('temporary', 'final')
        if (isTrouble(heard)) return fill(short('unknown', 'final')), false
        for (const index of who) fates[index] = short(text.startsWith('2') ? 'delivered' : refusal(text), 'final')
        reset = !text.startsWith('2')
      }
      return true
    }
    const alive = run()
    all.push(fates.map((fate) => fate ?? 'nothing'))
    if (!alive) break
  }
  return all
}

test('whatever a server replies and wherever it fails, each recipient gets the fate of a plain model', async () => {
  await fc.assert(
    fc.asyncProperty(settings, async ({ lmtp, pipelining, plans, trouble }) => {
      const { wire, client } = memoryClient({ flavour: lmtp ? 'lmtp' : 'smtp' })
      const { signal } = new AbortController()
      wire.say(`220 hi\r\n250-there\r\n${pipelining ? '250-PIPELINING\r\n' : ''}250 HELP\r\n`)
      await client.greet('none', signal)
      const served = serve(wire, lmtp, plans, trouble)
      const fates: (readonly string[])[] = []
      for (const { rcpt } of plans) {
        if (client.connection !== 'ready') break
        const sent = await client.send(outgoing({ from: 'ani@me.example', to: rcpt.map((_, i) => `r${i}@there.example`) }), signal)
        fates.push(sent.fates.map(({ kind, stage }) => short(kind, stage)))
        assert.equal(sent.connection, client.connection)
      }
      client.close()
      await served
      assert.deepEqual(fates, model(lmtp, pipelining, plans, trouble))
    }),
    { numRuns: 2000 },
  )
})

test('whatever bytes a server sends, a message comes to an end and every recipient to a fate', async () => {
  const noise = fc.array(fc.oneof(fc.constantFrom('250 Ok\r\n', '354 Go\r\n', '550 5.1.1 No\r\n', '250-', '\r\n', '421 Bye\r\n', '4', '\0'), fc.string({ maxLength: 5 })), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(noise, fc.boolean(), fc.integer({ min: 1, max: 4 }), async (pieces, lmtp, recipients) => {
      const { wire, client } = memoryClient({ flavour: lmtp ? 'lmtp' : 'smtp' })
      const { signal } = new AbortController()
      wire.say('220 hi\r\n250-there\r\n250 PIPELINING\r\n')
      await client.greet('none', signal)
      const to = Array.from({ length: recipients }, (_, i) => `r${i}@there.example`)
      const sending = client.send(outgoing({ from: '', to }), signal)
      await wire.hear()
      wire.say(pieces.join(''))
      wire.hangUp()
      const { fates } = await sending
      assert.equal(fates.length, recipients)
      // Everything was said before the content was sent: nothing of it can mean that it was taken.
      assert.ok(fates.every(({ kind }) => kind !== 'delivered'))
    }),
  )
})

test('stopping is a temporary fate before the end of the message, and doubt after it', async () => {
  for (const [replies, wanted] of [['', 'temporary at mail'], ['250 Ok\r\n', 'temporary at rcpt'], ['250 Ok\r\n250 Ok\r\n354 Go on\r\n', 'unknown at final']] as const) {
    const { wire, client } = memoryClient()
    const stop = new AbortController()
    wire.say('220 hi\r\n250-there\r\n250 PIPELINING\r\n')
    await client.greet('none', stop.signal)
    const sending = client.send(outgoing({ from: '', to: ['budi@there.example'] }), stop.signal)
    await wire.hear()
    wire.say(replies)
    if (wanted === 'unknown at final') await wire.hear()
    stop.abort()
    const { fates, connection } = await sending
    assert.deepEqual(fates.map(({ kind, stage }) => short(kind, stage)), [wanted])
    assert.equal(connection, 'closed')
  }
})
