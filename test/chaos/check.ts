import assert from 'node:assert/strict'
import { ImapClient } from '../support/imap-client.ts'
import { Pop3Client } from '../support/pop3-client.ts'
import type { Demo } from '../support/server.ts'
import type { Load } from './load.ts'

const BUDI = 'budi@merpati.test'
const PASSWORD = 'merpati'

/**
 * After a crash and a restart: everything answered 250 is there exactly once, nothing is there twice, nothing that was
 * never sent is there, IMAP and POP3 agree, and `merpati verify` finds nothing.
 */
export async function checkNothingLost(demo: Demo, loads: readonly Load[]): Promise<void> {
  const names = await namesByImap(demo)
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  for (const { accepted, offered, surprises } of loads) {
    assert.deepEqual(surprises, [])
    const lost = [...accepted].filter((name) => !counts.has(name))
    assert.deepEqual(lost, [], `${lost.length} of ${accepted.size} messages answered 250 are lost`)
    for (const name of offered) assert.ok((counts.get(name) ?? 0) <= 1, `${name} is there ${counts.get(name)} times`)
  }
  const known = new Set(loads.flatMap(({ offered }) => [...offered]))
  const strangers = [...counts.keys()].filter((name) => /^\w+-\d+-\d+$/.test(name) && !known.has(name))
  assert.deepEqual(strangers, [])
  assert.equal(await countByPop3(demo), names.length)
  const verified = await demo.cli(['verify', '--json'])
  assert.equal(verified.code, 0, `merpati verify:\n${verified.stdout.slice(0, 3000)}\n${verified.stderr}`)
}

/** Local parts of the Message-IDs in budi's INBOX. Each UID is above the one before. */
async function namesByImap(demo: Demo): Promise<readonly string[]> {
  using client = await ImapClient.login({ port: demo.ports.imap }, BUDI, PASSWORD)
  await client.ok('EXAMINE INBOX')
  const { untagged } = await client.ok('UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])')
  const fetched = untagged.filter(({ literals }) => literals.length === 1)
  const uids = fetched.map(({ text }) => Number(/ UID (\d+)/.exec(text)?.[1] ?? /\(UID (\d+)/.exec(text)?.[1]))
  assert.ok(uids.every((uid, index) => uid > (uids[index - 1] ?? 0)), 'UIDs rise')
  return fetched.map(({ literals }) => /<(.*)@/.exec((literals[0] as Buffer).toString('latin1'))?.[1] ?? '')
}

async function countByPop3(demo: Demo): Promise<number> {
  using client = await Pop3Client.login({ port: demo.ports.pop3 }, BUDI, PASSWORD)
  const uids = await client.list('UIDL')
  assert.equal(new Set(uids.map((line) => line.split(' ')[1])).size, uids.length, 'every UIDL is of one message')
  await client.command('QUIT')
  return uids.length
}
