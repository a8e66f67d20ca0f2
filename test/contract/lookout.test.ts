import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { demoConfig } from '../../src/app/config/demo.ts'
import type { Config } from '../../src/app/config/config.ts'
import { Lookout } from '../../src/app/job/lookout.ts'
import { silentLog } from '../../src/base/log.ts'
import { tellFullMailboxes } from '../../src/core/account/sql-full.ts'
import { evaluate } from '../../src/core/alert/rules.ts'
import { factsOf } from '../../src/core/alert/sql-facts.ts'
import { DNS_LISTS } from '../../src/core/filter/table/dns-lists.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { write } from '../../src/infra/db/transaction.ts'
import { openTestDatabase } from '../support/database.ts'
import { MemoryDns } from '../support/dns/memory.ts'
import { shownEvents } from '../support/events.ts'
import { makeHome, makePerson, NOW_MS } from '../support/people.ts'
import { temporaryFolder } from '../support/program.ts'

const { signal } = new AbortController()
const [dead] = DNS_LISTS.filter(({ isEnabled }) => isEnabled)

test('scanners, DNS servers and lists that fail become alerts, and are over when they answer again', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await makeHome(db)
  const demo = demoConfig({ MERPATI_DATA: tmpdir() })
  assert.ok(demo.ok && dead !== undefined)
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'rspamd')
  const scanner = createServer((socket) => socket.end()).listen(path)
  await once(scanner, 'listening')
  const config: Config = { ...demo.value, scanners: { clamav: null, rspamd: { address: { kind: 'unix', path } }, milters: [] } }
  const well = Object.fromEntries(DNS_LISTS.map(({ zone, test: { listed } }) => [`${listed}.${zone}`, { A: ['127.0.0.2'] }]))
  const dns = new MemoryDns({ ...well, [`${dead.test.unlisted}.${dead.zone}`]: { A: ['127.0.0.2'] } })
  let isSilent = false
  let nowMs = NOW_MS
  const asked: string[] = []
  const resolver = {
    addresses: async (name: string, family: 4 | 6) => {
      asked.push(name)
      return isSilent ? ({ kind: 'failed', why: 'timeout', detail: 'silence' } as const) : await dns.addresses(name, family)
    },
  }
  const lookout = new Lookout({ config, db, resolver, clock: { nowMs: () => nowMs }, log: silentLog })
  const look = async (afterMs: number): Promise<readonly string[]> => {
    nowMs += afterMs
    const facts = await factsOf(db, opened.stats, { ...(await lookout.look(signal)), diskUsed: 0 }, nowMs)
    assert.ok(facts !== null)
    // The clock of this test is not that of the database's machine.
    return evaluate(facts, nowMs).map(({ rule, subject }) => `${rule} ${subject}`).filter((each) => !/^(?:reader|clock)\./.test(each))
  }
  const list = `dnslist.failing ${dead.zone}`
  assert.deepEqual(await look(0), [list])
  assert.equal(asked.some((name) => /^merpati-[0-9a-f]{12}\./.test(name)), true)
  scanner.close()
  isSilent = true
  assert.deepEqual(await look(30_000), [list], 'not at once')
  assert.deepEqual(await look(120_000), ['scanner.down rspamd', list, 'resolver.failing dns'])
  scanner.listen(path)
  await once(scanner, 'listening')
  isSilent = false
  assert.deepEqual(await look(30_000), [list])
  scanner.close()
  assert.deepEqual(await look(30_000), [list], 'what is silent again has not been silent all the time')
})

test('a demo asks nobody, and the time of the last write is told', async () => {
  await using opened = await openTestDatabase()
  const demo = demoConfig({ MERPATI_DATA: tmpdir() })
  assert.ok(demo.ok)
  const lookout = new Lookout({ config: demo.value, db: opened.db, resolver: null, clock: { nowMs: Date.now }, log: silentLog })
  assert.equal(await lookout.timed(async () => 'done'), 'done')
  const { diskUsed, databaseTookMs, clockOffMs: _clock, ...rest } = await lookout.look(signal)
  assert.ok(diskUsed > 0 && diskUsed <= 1 && databaseTookMs >= 0)
  assert.deepEqual(rest, { scanners: [], lists: [], namesSinceMs: null, certificates: [], mailboxes: [], suppressions: [], replicas: [] })
})

const use = write('test.use', function* (tx, args: { readonly usedBytes: number; readonly quotaBytes: number | null }) {
  yield* tx.run(USE, args)
})
const USE = statement<{ usedBytes: number; quotaBytes: number | null }>("UPDATE account SET used_bytes = $usedBytes, quota_bytes = $quotaBytes WHERE login = 'ani@home.example'")

test('a mailbox without room is told of once, and again only when it had room in between', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await makePerson(db, await makeHome(db), 'ani')
  const told = async (usedBytes: number, quotaBytes: number | null = 1_000): Promise<number> => {
    await db.write(use, { usedBytes, quotaBytes })
    await tellFullMailboxes(db, NOW_MS)
    const events = (await shownEvents(db)).filter(({ type }) => type === 'mailbox.over_quota')
    for (const { data } of events) assert.deepEqual([(data as { login: string }).login, (data as { quotaBytes: number }).quotaBytes], ['ani@home.example', 1_000])
    return events.length
  }
  assert.equal(await told(989), 0)
  assert.equal(await told(990), 1)
  assert.equal(await told(1_200), 1)
  assert.equal(await told(960), 1)
  assert.equal(await told(990), 1)
  assert.equal(await told(940), 1)
  assert.equal(await told(990), 2)
  assert.equal(await told(990, null), 2)
  assert.equal(await told(990), 3)
})
