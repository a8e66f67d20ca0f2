import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../../bench/tool/wait.ts'
import { askApi } from '../support/api.ts'
import { onPostgres } from '../support/database.ts'
import { tablesWith } from '../support/erasure.ts'
import { startHooks } from '../support/hook-server.ts'
import { type Demo, startDemo } from '../support/server.ts'

const SUBJECT = 'Budi.Santoso@far.example'
const OTHER = 'siti@far.example'
const WITHIN_MS = 60_000

test('after an erasure no file and no row holds the address, not even after a kill on the way, and whoever was suppressed stays so', async () => {
  await using demo = await startDemo()
  await using hooks = await startHooks()
  assert.equal((await demo.cli(['webhook', 'add', hooks.url('/')])).code, 0)
  const send = async (json: object, headers: Readonly<Record<string, string>> = {}) => {
    const { status, body } = await askApi(demo, '/v1/emails', { json: { from: 'ani@merpati.test', subject: 'Halo', html: '<p>Halo, <a href="https://far.example/">sini</a></p>', ...json }, headers })
    assert.equal(status, 202, JSON.stringify(body))
    return body
  }
  await send({ to: `Budi <${SUBJECT}>`, text: `Untuk ${SUBJECT.toUpperCase()}` }, { 'idempotency-key': 'satu' })
  await send({ to: [SUBJECT, OTHER], stream: 'broadcast', tags: { jenis: 'kabar' } })
  await send({ to: OTHER, headers: { 'X-About': 'nobody' } })
  assert.equal((await askApi(demo, '/v1/suppressions', { json: { email: SUBJECT, reason: `asked by ${SUBJECT}` } })).status, 200)
  const consent = await demo.cli(['consent', 'add', SUBJECT, '--source', 'kasir', '--wording', `Kirimi ${SUBJECT} kabar`])
  assert.equal(consent.code, 0, consent.stderr)
  await until('webhooks', () => hooks.calls.length >= 4, WITHIN_MS)
  assert.notEqual(JSON.stringify((await demo.cli(['trace', SUBJECT, '--json'])).stdout), '')
  const exported = await demo.cli(['subject', 'export', SUBJECT])
  assert.deepEqual([...new Set(exported.stdout.trim().split('\n').map((line) => (JSON.parse(line) as { table: string }).table))].toSorted(), ['audit_log', 'consent', 'delivery', 'event', 'idempotency', 'message', 'sent', 'suppression', 'tracked', 'webhook_call'])

  assert.notDeepEqual(await whereIn(demo, SUBJECT), [])
  assert.equal((await askApi(demo, '/v1/subjects/erase', { json: { email: 'ani@merpati.test' } })).body['code'], 'is_account')
  const asked = await askApi(demo, '/v1/subjects/erase', { json: { email: ` ${SUBJECT}` } })
  assert.equal(asked.status, 202)
  await demo.kill()
  await demo.restart()
  const state = async () => (await askApi(demo, `/v1/subjects/erasures/${String(asked.body['id'])}`)).body
  await until('the erasure', async () => (await state())['state'] === 'done', WITHIN_MS, 200)
  assert.ok(Number((await state())['changed']) > 5)
  assert.equal((await demo.cli(['subject', 'export', SUBJECT])).stdout, '')
  assert.deepEqual(await whereIn(demo, SUBJECT), [])
  assert.notDeepEqual(await whereIn(demo, OTHER), [])
  const again = await send({ to: SUBJECT })
  assert.equal(again['status'], 'suppressed')

  assert.equal(await demo.stop(), 0)
  assert.equal((await demo.cli(['subject', 'erase', OTHER])).code, 2) // It wants --yes.
  const here = await demo.cli(['subject', 'erase', OTHER, '--yes', '--json'])
  assert.equal((JSON.parse(here.stdout) as { state: string }).state, 'done', here.stderr)
  assert.deepEqual(await whereIn(demo, OTHER), [])
})

/** Where an address stands: files of the data directory, or on PostgreSQL tables. */
async function whereIn(demo: Demo, address: string): Promise<readonly string[]> {
  const wanted = address.toLowerCase()
  const files = readdirSync(demo.dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const found = files.map(({ parentPath, name }) => join(parentPath, name)).filter((path) => readFileSync(path, 'latin1').toLowerCase().includes(wanted))
  return onPostgres ? [...found, ...(await tablesWith(String(demo.env['MERPATI_DATABASE_URL']), wanted))] : found
}
