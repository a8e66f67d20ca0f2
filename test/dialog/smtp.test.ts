import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import test from 'node:test'
import { Unavailable } from '../../src/base/unavailable.ts'
import type { Flavour } from '../../src/proto/smtp/server/backend.ts'
import { smtpConfig } from '../../src/proto/smtp/server/config.ts'
import { GatherBudget } from '../../src/proto/smtp/server/gather-budget.ts'
import { serveSmtp } from '../../src/proto/smtp/server/session.ts'
import { playDialog } from '../support/dialog.ts'
import { MemorySmtp } from '../support/memory-smtp.ts'
import { MemoryWire, TEST_TLS } from '../support/memory-wire.ts'

const FOLDER = new URL('./smtp/', import.meta.url)
const NOW_MS = Date.parse('2026-01-01T00:00:00Z')

/**
 * Each dialog gets a house of its own. In the file, beside the steps:
 *
 *     #! lmtp tls                          the flavour (mx when not said), and whether it begins under TLS
 *     #! {"maxMessageBytes":1000}          settings that differ
 *     #= {"to":[...],"body":"..."}         what the next message that was taken must hold (others have not been said)
 *     #end quit                            how the session ended, and with what counts: `#end quit {"errors":2}`
 *
 * Messages and endings are compared to the end: one more or fewer fails.
 */
for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.dialog'))) {
  const source = readFileSync(new URL(name, FOLDER), 'utf8')
  test(`SMTP holds the dialog ${name}`, async () => {
    const house = new MemorySmtp()
    const gather = new GatherBudget(1024 * 1024)
    const words = directives(source, '#! ').filter((line) => !line.startsWith('{')).join(' ').split(' ')
    const flavour = (['submission', 'lmtp'] as const).find((each) => words.includes(each)) ?? ('mx' satisfies Flavour)
    const own = directives(source, '#! {').map((line) => JSON.parse(`{${line}`) as object)
    const config = smtpConfig({
      hostname: 'mx.home.example',
      gather,
      clock: { nowMs: () => NOW_MS },
      onError: (error) => house.errors.push(error),
      ...Object.assign({}, ...own),
    })
    const sessions: Promise<void>[] = []
    const wires: MemoryWire[] = []
    try {
      await playDialog(source, () => {
        const wire = new MemoryWire({ tls: words.includes('tls') ? TEST_TLS : null })
        wires.push(wire)
        sessions.push(serveSmtp(wire, flavour, house.backend(), config, new AbortController().signal))
        return wire
      })
    } catch (error) {
      throw new Error(`${(error as Error).message}\nthrown in the session: ${house.errors.join('\n')}`, { cause: error })
    } finally {
      for (const wire of wires) wire.hangUp()
      await Promise.all(sessions)
    }
    assert.deepEqual(house.errors.filter((error) => !isExpected(error)), [])
    verify(house, source)
    assert.equal(house.openSinks, 0, 'every sink was finished or aborted')
    assert.equal(gather.usedBytes, 0, 'gathered memory was given back')
  })
}

/** Errors that the house makes on purpose. */
function isExpected(error: unknown): boolean {
  return error instanceof Unavailable || /^a bug$|wrong number of replies/.test((error as Error).message)
}

/** Compares what the house took and how sessions ended with what the dialog says. */
function verify(house: MemorySmtp, source: string): void {
  const taken = house.taken.map(({ transaction, to, body, how }) => ({
    protocol: transaction.protocol,
    client: transaction.session.client,
    identity: transaction.session.identity,
    sender: { ...transaction.sender, from: transaction.sender.from?.text ?? '' },
    recipients: transaction.recipients.map(({ recipient }) => ({
      ...recipient,
      to: recipient.to === 'postmaster' ? 'postmaster' : recipient.to.text,
    })),
    to,
    body: body.toString('latin1'),
    how,
  }))
  const wanted = directives(source, '#= ').map((line) => JSON.parse(line) as object)
  assert.equal(taken.length, wanted.length, `messages taken: ${JSON.stringify(taken.map(({ body }) => body))}`)
  for (const [index, want] of wanted.entries()) assert.partialDeepStrictEqual(taken[index], want)
  const ends = directives(source, '#end ')
  assert.ok(ends.length > 0, 'a dialog says how it ends')
  assert.deepEqual(house.ends.map(({ how }) => how), ends.map((line) => line.split(' ', 1)[0]))
  for (const [index, line] of ends.entries()) {
    const counts = line.slice(line.split(' ', 1)[0]?.length)
    if (counts !== '') assert.partialDeepStrictEqual(house.ends[index], JSON.parse(counts) as object)
  }
}

function directives(source: string, prefix: string): readonly string[] {
  return source.split('\n').filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length))
}
