import assert from 'node:assert/strict'
import { test } from 'node:test'
import { smtpBackend } from '../../src/app/backend/smtp.ts'
import type { Domain, OrganizationId } from '../../src/base/brand.ts'
import { systemClock } from '../../src/base/clock.ts'
import { makeId } from '../../src/base/ids.ts'
import { createDomain } from '../../src/core/domain/sql.ts'
import { createOrganization } from '../../src/core/organization/sql.ts'
import { deliveriesPage } from '../../src/core/queue/sql-find.ts'
import { addAddress } from '../../src/core/route/sql.ts'
import { smtpConfig } from '../../src/proto/smtp/server/config.ts'
import { GatherBudget } from '../../src/proto/smtp/server/gather-budget.ts'
import { serveSmtp } from '../../src/proto/smtp/server/session.ts'
import { playDialog } from '../support/dialog.ts'
import { shownEvents } from '../support/events.ts'
import { openHouse, smtpHouse } from '../support/house.ts'
import { MemoryWire } from '../support/memory-wire.ts'
import { makePerson, NOW_MS } from '../support/people.ts'

const DIALOG = `S~ 220
C: HELO mx.far.example
S~ 250
C: MAIL FROM:<orang@far.example>
S~ 250
C: RCPT TO:<ani@home.example>
S~ 250
C: RCPT TO:<terusan@next.example>
S~ 250
C: RCPT TO:<cici@next.example>
S~ 250
C: DATA
S~ 354
C: Subject: Untuk dua
C:
C: Halo
C: .
S~ 250
C: QUIT
S~ 221
`

test('a message to two organizations tells each of its own recipients and deliveries, and of nobody else', async () => {
  await using house = await openHouse()
  const { db } = house
  const next = makeId('o', NOW_MS) as OrganizationId
  await db.write(createOrganization, { id: next, name: 'Next', locale: 'en', nowMs: NOW_MS })
  await db.write(createDomain, { id: makeId('d', NOW_MS), name: 'next.example' as Domain, organization: next, subaddress: '+', aliasOf: null, nowMs: NOW_MS })
  const cici = await makePerson(db, next, 'cici')
  for (const [local, targets] of [['terusan', ['rahasia@luar.example']], ['cici', ['cici@home.example']]] as const) {
    await db.write(addAddress, { domain: 'next.example' as Domain, local, organization: next, kind: 'alias', account: null, targets: [...targets], nowMs: NOW_MS })
  }
  const wire = new MemoryWire({ tls: null })
  const config = smtpConfig({ hostname: 'mx.home.example', gather: new GatherBudget(1024 * 1024), clock: systemClock, maxMessageBytes: 100_000, maxHoldSeconds: null, onError: (error) => assert.fail(String(error)) })
  const session = serveSmtp(wire, 'mx', smtpBackend(smtpHouse(house)), config, new AbortController().signal)
  try {
    await playDialog(DIALOG, () => wire)
  } finally {
    wire.hangUp()
    await session
  }
  const told = (await shownEvents(db)).filter(({ type }) => type === 'mail.arrived' || type.startsWith('delivery.'))
  const addresses = told.map(({ organization, type, data }) => [organization === next ? 'next' : 'home', type, JSON.stringify(data)] as const)
  for (const [owner, , data] of addresses) {
    if (owner === 'home') assert.doesNotMatch(data, /next\.example|luar\.example|cici/)
    else assert.doesNotMatch(data, /ani@home\.example/)
  }
  assert.deepEqual(addresses.map(([owner, type]) => `${owner} ${type}`).toSorted(), ['home mail.arrived', 'next delivery.captured', 'next mail.arrived'])
  const page = { state: '', lane: '', site: '', sender: '', recipient: '', message: '', after: '', limit: 10 }
  assert.equal((await deliveriesPage(db, { ...page, organization: house.ani.organization })).length, 0)
  assert.equal((await deliveriesPage(db, { ...page, organization: next })).length, 1)
  assert.equal(house.arrivals.includes(cici.account), true)
})
