import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { catchUp } from '../../src/core/event/follow.ts'
import { advanceReader } from '../../src/core/event/sql.ts'
import { deliver } from '../../src/core/local/sql.ts'
import { OWNER_NOTICE_READER, ownerNotices } from '../../src/core/alert/notices.ts'
import { createEndpoint, disable } from '../../src/core/webhook/sql-endpoint.ts'
import type { DisabledReason } from '../../src/core/webhook/endpoint.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { write } from '../../src/infra/db/transaction.ts'
import { shownLog } from '../support/events.ts'
import { openHouse } from '../support/house.ts'

const { signal } = new AbortController()
const MAILS = statement<{ account: string }, { bytes: Uint8Array }>('SELECT m.bytes FROM email e JOIN message m ON m.id = e.message WHERE e.account = $account ORDER BY e.id')
const switchOff = write('test.switch_off', (tx, args: { readonly organization: string; readonly id: string; readonly reason: DisabledReason }) => disable(tx, { organization: args.organization as never, id: args.id }, args.reason, 1))

test('those who administer an organization hear of a webhook that was switched off by itself, in their language and once', async () => {
  await using house = await openHouse()
  const { db, ani, budi } = house
  const owners = [{ login: 'ani@home.example', locale: 'en' }, { login: 'budi@home.example', locale: 'id-ID' }]
  const { organization } = ani
  const follow = () =>
    catchUp(
      shownLog(db),
      ownerNotices({
        receive: house.receive,
        deliver: (args, id) => db.write(deliver, args, id),
        clock: { nowMs: Date.now },
        log: silentLog,
        owners: async (asked) => (asked === organization ? owners : []),
        advance: (position) => db.write(advanceReader, { reader: OWNER_NOTICE_READER, position }),
      }),
      signal,
    )
  for (const reason of ['gone', 'by-hand'] as const) {
    const made = await createEndpoint(db, new Uint8Array(32), { organization, url: `https://hooks.example/${reason}?token=geheim`, description: '', types: null, nowMs: 1 })
    assert.ok(made.ok)
    await db.write(switchOff, { organization, id: made.value.endpoint.id, reason })
  }
  await follow()
  await follow()
  const mails = async (account: string) => (await db.all(MAILS, { account })).map(({ bytes }) => Buffer.from(bytes).toString())
  const [english, ...more] = await mails(ani.account)
  const [indonesian] = await mails(budi.account)
  assert.deepEqual(more, [])
  assert.match(english ?? '', /^Subject: Webhook switched off: hooks\.example\r$/m)
  assert.match(english ?? '', /https:\/\/hooks\.example\/gone\)/)
  assert.doesNotMatch(english ?? '', /geheim|by-hand/)
  assert.match(english ?? '', /^Auto-Submitted: auto-generated\r$/m)
  assert.match(indonesian ?? '', /^Subject: Webhook dimatikan: hooks\.example\r$/m)
})
