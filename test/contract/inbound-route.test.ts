import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Domain, MessageId, OrganizationId } from '../../src/base/brand.ts'
import { removeDomain } from '../../src/core/domain/sql.ts'
import { receiveWhole } from '../../src/core/inbound/receive.ts'
import { decideRecipient } from '../../src/core/inbound/recipient.ts'
import type { AcceptedRecipient, Transaction } from '../../src/core/inbound/session.ts'
import { recount } from '../../src/core/mailbox/sql-verify.ts'
import { storedMessage } from '../../src/core/queue/sql-message.ts'
import { putRoute, removeRoute } from '../../src/core/route/sql-pattern.ts'
import { bodyReader } from '../../src/core/webhook/routed/sql-body.ts'
import { leaseCalls } from '../../src/core/webhook/sql-call.ts'
import { FIRST_CALL, forgetCalls, oldCalls } from '../../src/core/webhook/sql-old.ts'
import { changeEndpoint, createEndpoint, removeEndpoint } from '../../src/core/webhook/sql-endpoint.ts'
import { makeAddress } from '../../src/proto/mail/address.ts'
import { openHouse, type TestHouse } from '../support/house.ts'

const HOME = 'home.example' as Domain
const NOBODY = { postmasterDomain: async () => null, forwardedFrom: () => null, callout: async () => 'unknown' as const }

async function webhookOf({ db, ani }: TestHouse): Promise<string> {
  const made = await createEndpoint(db, new Uint8Array(32), { organization: ani.organization, url: 'https://hooks.example/', description: '', types: ['email.bounced'], nowMs: 1 })
  assert.ok(made.ok)
  return made.value.endpoint.id
}

async function recipientOf({ receive }: TestHouse, local: string): Promise<AcceptedRecipient> {
  const to = makeAddress(local, HOME)
  assert.ok(to)
  const answer = await decideRecipient(receive.routes, NOBODY, { to, notify: null, orcpt: null }, null, null)
  assert.ok(answer.kind === 'accepted', JSON.stringify(answer))
  return answer.recipient
}

/** Hands a message in for an address of home.example. */
async function take(house: TestHouse, local: string, text: string): Promise<readonly number[]> {
  const session: Transaction['session'] = { peer: { address: '192.0.2.9', port: 1, localAddress: '192.0.2.1', localPort: 25 }, protocol: 'esmtp', helo: 'far.example', tls: null, login: null }
  const sender: Transaction['sender'] = { from: makeAddress('cici', 'far.example' as Domain), size: null, body: '7BIT', smtpUtf8: false, ret: null, envid: null, hold: null, requireTls: false, auth: null, by: null, mtPriority: null } as unknown as Transaction['sender'] // Only these are looked at.
  return (await receiveWhole(house.receive, { session, sender, recipients: [await recipientOf(house, local)] }, Buffer.from(text))).map(({ code }) => code)
}

test('a route needs a domain and a webhook of its organization, an address that is free, and holds both', async () => {
  await using house = await openHouse()
  const { db, ani } = house
  const webhook = await webhookOf(house)
  const route = { organization: ani.organization, id: 'r-1', domain: HOME, pattern: 'ticket-*', targets: [], webhook, nowMs: 1 }
  const put = (over: Partial<typeof route>): Promise<string> => db.write(putRoute, { ...route, ...over })
  assert.deepEqual([await put({ organization: 'o-other' as OrganizationId }), await put({ domain: 'far.example' as Domain }), await put({ webhook: 'h-none' }), await put({ pattern: 'ani' })], ['no-domain', 'no-domain', 'no-webhook', 'taken'])
  assert.deepEqual([await put({}), await put({ id: 'r-2' }), await put({ pattern: 'case-*' })], ['put', 'taken', 'put'])
  assert.equal(await removeEndpoint(db, { organization: ani.organization, id: webhook }), 'in-use')
  assert.deepEqual(await db.write(removeDomain, { name: HOME, organization: ani.organization, nowMs: 1 }), { ok: false, error: 'in-use' })
  assert.equal(await db.write(removeRoute, { organization: 'o-other' as OrganizationId, id: 'r-1' }), false)
  assert.equal(await db.write(removeRoute, { organization: ani.organization, id: 'r-1' }), true)
  assert.equal(await removeEndpoint(db, { organization: ani.organization, id: webhook }), 'removed')
})

for (const [what, size] of [['small', 10], ['large', 100_000]] as const) {
  test(`a ${what} message for a webhook is kept until its call is forgotten, and waits while the webhook is off`, async () => {
    await using house = await openHouse()
    const { db, ani, segments } = house
    const organization = ani.organization
    const webhook = await webhookOf(house)
    await db.write(putRoute, { organization, id: 'r-1', domain: HOME, pattern: '*-7', targets: ['ani@home.example'], webhook, nowMs: 1 })
    await changeEndpoint(db, { organization, id: webhook, url: 'https://hooks.example/', description: '', types: null, state: 'disabled', nowMs: 1 })
    assert.deepEqual(await take(house, 'case-7', `Subject: Halo\r\nBcc: x@far.example\r\n\r\n${'y'.repeat(size)}\r\n`), [250])
    assert.deepEqual(house.arrivals, [ani.account])
    const lease = () => db.write(leaseCalls, { organization, endpoint: webhook, holder: 'n1', limit: 10, nowMs: Date.now() })
    assert.deepEqual(await lease(), [])
    await changeEndpoint(db, { organization, id: webhook, url: 'https://hooks.example/', description: '', types: null, state: 'enabled', nowMs: 1 })
    const [call, ...more] = await lease()
    assert.ok(call !== undefined && more.length === 0 && call.message !== null)
    const { type, sequence, data } = JSON.parse((await bodyReader({ db, segments })(call)) ?? '') as { readonly type: string; readonly sequence: number; readonly data: Record<string, unknown> }
    assert.deepEqual([type, sequence, data['recipient'], data['route_id'], String(data['text']).length], ['email.routed', 1, 'case-7@home.example', 'r-1', size + 2])
    assert.deepEqual(await recount(db), [])
    await purgeAll(house)
    assert.notEqual(await storedMessage(db, call.message), null) // Ani has it still.
    assert.deepEqual(await recount(db), [])
    assert.deepEqual(await take(house, 'other-7', 'Subject: Again\r\n\r\nx\r\n'), [250])
  })
}

async function purgeAll({ db }: TestHouse): Promise<void> {
  await db.write(forgetCalls, { calls: await oldCalls(db, { after: FIRST_CALL, beforeMs: Number.MAX_SAFE_INTEGER, limit: 100 }) })
}

test('bytes that only a webhook was to get go with its call', async () => {
  await using house = await openHouse()
  const { db, ani } = house
  const webhook = await webhookOf(house)
  await db.write(putRoute, { organization: ani.organization, id: 'r-1', domain: HOME, pattern: '*', targets: [], webhook, nowMs: 1 })
  assert.deepEqual(await take(house, 'whoever', 'Subject: Halo\r\n\r\nx\r\n'), [250])
  const [call] = await db.write(leaseCalls, { organization: ani.organization, endpoint: webhook, holder: 'n1', limit: 10, nowMs: Date.now() })
  const message = call?.message as MessageId
  assert.notEqual(await storedMessage(db, message), null)
  await purgeAll(house)
  assert.equal(await storedMessage(db, message), null)
})
