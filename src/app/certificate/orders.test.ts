import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '../../base/log.ts'
import { askForCertificate, triesByName } from '../../core/certificate/sql.ts'
import { FIRST_WAIT_MS } from '../../core/certificate/limits.ts'
import { Metrics } from '../../infra/observe/metrics.ts'
import { openTestDatabase } from '../../../test/support/database.ts'
import { freePorts } from '../../../test/support/server.ts'
import { CertificateOrders } from './orders.ts'

test('an authority that fails is left alone for a while, and one that is called off counts as not tried', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const [port = 0] = await freePorts(1)
  const acme = { directory: `https://127.0.0.1:${port}/dir`, contact: [], names: ['mx.test'], hosted: false, keyType: 'p256', challenges: ['http-01'], external: null, roots: null } as const
  let nowMs = 1_000_000_000
  const rest = { secret: new Uint8Array(32), leadsHere: async () => 'no' as const, chance: () => 0, metrics: new Metrics(), log: silentLog, issued: async () => {} }
  const orders = new CertificateOrders({ db, acme, clock: { nowMs: () => nowMs }, ...rest })
  const forever = new AbortController().signal
  const failures = async () => (await triesByName(db)).get('mx.test')?.failedMs
  const first = nowMs
  await orders.look(forever)
  assert.deepEqual(await failures(), [first])
  nowMs += FIRST_WAIT_MS - 1
  await orders.look(forever)
  assert.deepEqual(await failures(), [first])
  nowMs += 1
  await orders.look(AbortSignal.abort())
  assert.deepEqual(await failures(), [first])
  await orders.look(forever)
  assert.deepEqual(await failures(), [first, nowMs])
  for (let i = 0; i < 10; i++) {
    nowMs += 1000
    await db.write(askForCertificate, { name: 'mx.test', nowMs })
    await orders.look(forever)
  }
  assert.equal((await failures())?.length, 5, 'however often somebody asks within an hour')
})
