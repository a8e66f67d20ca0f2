import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { segmentReader } from '../../src/app/backend/bytes.ts'
import { compactSegments } from '../../src/app/compact.ts'
import { segmentsThere } from '../../src/app/job/erase.ts'
import type { DeliveryId, Domain, MessageId, OrganizationId } from '../../src/base/brand.ts'
import { makeId } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import { consentsAfter, recordConsent } from '../../src/core/consent/sql.ts'
import { deliver } from '../../src/core/local/sql.ts'
import type { Location } from '../../src/core/mailbox/mailbox.ts'
import type { NewDelivery } from '../../src/core/queue/delivery.ts'
import { lease } from '../../src/core/queue/sql-lease.ts'
import { storedMessage } from '../../src/core/queue/sql-message.ts'
import { settle } from '../../src/core/queue/sql-settle.ts'
import type { Erasure } from '../../src/core/subject/erasure.ts'
import { askErasure, erasureById, openErasures } from '../../src/core/subject/sql-erasure.ts'
import { heldAbout } from '../../src/core/subject/sql-export.ts'
import { erase } from '../../src/core/subject/sql-run.ts'
import { suppress, suppressionsOf } from '../../src/core/suppression/sql.ts'
import { FileBlobStore, recoverSegments } from '../../src/infra/blob/files.ts'
import { NO_SEGMENTS } from '../support/erasure.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { write } from '../../src/infra/db/transaction.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { shownEvents } from '../support/events.ts'
import { temporaryFolder } from '../support/program.ts'

const NOW = 1_800_000_000_000
const O1 = 'o1' as OrganizationId
const O2 = 'o2' as OrganizationId
const SUBJECT = 'budi@far.example'
const NEVER = new AbortController().signal
const WISHES = { ret: null, envid: null, notify: [], orcpt: `rfc822;${SUBJECT}`, body: null, smtputf8: false, requireTls: false, tlsOptional: false } as const

async function queue({ db }: TestDatabase, recipients: readonly string[], location: Location, { organization = O1, id = makeId('m', NOW) as MessageId }: { readonly organization?: OrganizationId; readonly id?: MessageId } = {}): Promise<MessageId> {
  const lane = 'far.example' as Domain
  const deliveries = recipients.map((recipient): NewDelivery => ({
    ...{ id: makeId('q', NOW) as DeliveryId, account: null, sender: 'b-1@home.example', recipient, domain: lane, route: 'remote', stream: 'transactional', priority: 1, site: lane, lane },
    ...{ state: 'queued', dueMs: NOW, expiresMs: NOW + 1_000_000, alarmMs: null, wishes: WISHES, view: { prefix: '', skips: [] } },
  }))
  await db.write(deliver, { organization, message: { id, size: 100, digest: randomBytes(32), location }, recipients: [], deliveries, nowMs: NOW, told: { recipients: recipients.map((address) => ({ address })) } })
  return id
}

function inline(): Location {
  return { kind: 'inline', bytes: new TextEncoder().encode(`To: ${SUBJECT}\r\n\r\n`) }
}

/** Asks for an erasure; gives a function that goes on with it. */
async function ask({ db, traces }: TestDatabase, areThere: (segments: readonly string[]) => Promise<boolean> = async () => false, { address = SUBJECT, segments = NO_SEGMENTS } = {}) {
  const id = await db.write(askErasure, { organization: O1, id: makeId('x', NOW), address, key: 'k1', audit: { id: makeId('u', NOW), actorKind: 'operator', actor: 'ani', action: 'test' }, nowMs: NOW })
  return async (): Promise<Erasure> => {
    await shownEvents(db) // An erasure waits for what the log does not show yet.
    const [open] = await openErasures(db)
    if (open === undefined) throw new Error('it is done')
    await erase({ db, traces, clock: { nowMs: () => NOW }, segments, areThere, cutLogs: () => true }, open, NEVER)
    return (await erasureById(db, O1, id)) as Erasure
  }
}

/** Goes on until it stands as asked, some passes at most. */
async function until(go: () => Promise<Erasure>, state: Erasure['state']): Promise<Erasure> {
  for (let pass = 0; pass < 10; pass++) {
    const erasure = await go()
    if (erasure.state === state) return erasure
  }
  throw new Error(`it is not ${state} after ten passes`)
}

test('a message goes when nobody else waits for it, and what waits for the subject alone goes no more', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const alone = await queue(opened, [SUBJECT], inline())
  const shared = await queue(opened, [SUBJECT, 'siti@far.example'], inline())
  const foreign = await queue(opened, [SUBJECT], inline(), { organization: O2 })
  const go = await ask(opened)
  const waiting = await go()
  assert.deepEqual([waiting.state, waiting.waiting], ['rows', 1])
  assert.equal((await go()).waiting, 1)
  assert.equal(await storedMessage(db, alone), null)
  assert.notEqual(await storedMessage(db, shared), null)
  const leased = await db.write(lease, { lane: 'far.example', holder: 'h', limit: 10, nowMs: NOW })
  assert.deepEqual(leased.map(({ recipient, organization }) => `${organization} ${recipient}`).toSorted(), ['o1 siti@far.example', `o2 ${SUBJECT}`])
  const answer = { status: '2.0.0', text: '250 ok', host: 'mx', atMs: NOW }
  const settled = leased.filter(({ organization }) => organization === O1).map((delivery) => ({ delivery, outcome: { kind: 'delivered', answer } as const }))
  await db.write(settle, { holder: 'h', settled, site: 's', story: { tries: [] }, nowMs: NOW })
  assert.equal((await until(go, 'done')).address, '')
  assert.equal(await storedMessage(db, shared), null)
  assert.notEqual(await storedMessage(db, foreign), null) // Another organization's.
  const events = (await shownEvents(db)).filter(({ organization, data }) => JSON.stringify(data).includes(SUBJECT) && organization === O1)
  assert.deepEqual(events, [])
  assert.ok((await shownEvents(db)).some(({ type, organization }) => type === 'subject.erased' && organization === O1))
})

test('an entry of the list holds under its hash, in the organization that erased', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  for (const organization of [O1, O2]) await db.write(suppress, { organization, address: SUBJECT, scope: 'all', category: 'manual', reason: `said ${SUBJECT}`, delivery: null, createdMs: NOW, expiresMs: null, lockedMs: null })
  await until(await ask(opened), 'done')
  const [own, other] = await Promise.all([O1, O2].map((organization) => suppressionsOf(db, organization, 'BUDI@far.example', NOW)))
  assert.match(own?.[0]?.address ?? '', /^#[0-9a-f]{64}$/)
  assert.ok(!own?.[0]?.reason.includes('budi'))
  assert.equal(other?.[0]?.address, SUBJECT)
})

test('consents of the subject are given out whole and go, and those of others that name it stay with a stand-in', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const consent = { organization: O1, stream: 'broadcast', source: 'kasir', wording: 'Ya', version: null, client: '192.0.2.1', proof: null, givenMs: NOW, recordedMs: NOW } as const
  await db.write(recordConsent, { ...consent, id: 'g1', address: SUBJECT })
  await db.write(recordConsent, { ...consent, id: 'g2', address: 'siti@far.example', proof: `recommended by ${SUBJECT}` })
  await db.write(recordConsent, { ...consent, id: 'g3', address: SUBJECT, organization: O2 })
  const told = await Array.fromAsync(heldAbout(db, O1, SUBJECT))
  const own = { id: 'g1', address: SUBJECT, stream: 'broadcast', source: 'kasir', wording: 'Ya', version: null, client: '192.0.2.1', proof: null, given_ms: NOW, recorded_ms: NOW, withdrawn_ms: null, withdrawn_by: null }
  assert.deepEqual(told, [{ table: 'consent', row: own }, { table: 'consent', row: { id: 'g2', source: 'kasir', wording: 'Ya', version: null, proof: `recommended by ${SUBJECT}` } }])
  await until(await ask(opened), 'done')
  const [left, ...none] = await consentsAfter(db, { organization: O1, address: null, after: '', limit: 10 })
  assert.match(left?.proof ?? '', /^recommended by erased-[0-9a-f]{8}@erased\.invalid$/)
  assert.deepEqual([left?.id, none], ['g2', []])
  assert.equal((await consentsAfter(db, { organization: O2, address: SUBJECT, after: '', limit: 10 })).length, 1)
})

test('a segment that held a message to the subject is made anew, though most of it is alive', async () => {
  await using opened = await openTestDatabase()
  await using folder = await temporaryFolder()
  await recoverSegments(folder.path, NEVER)
  const text = (to: string): Uint8Array => new TextEncoder().encode(`To: ${to}\r\n\r\n${'x'.repeat(1_000)}`)
  const first = new FileBlobStore({ folder: folder.path, writer: 'a', nowMs: Date.now, log: silentLog })
  const others = ['a@x.example', 'b@x.example', 'c@x.example']
  const ids = [SUBJECT, ...others].map(() => makeId('m', NOW) as MessageId)
  const refs = await first.append([SUBJECT, ...others].map((to, at) => ({ organization: O1, message: ids[at] as MessageId, bytes: text(to) })), NEVER)
  await first[Symbol.asyncDispose]()
  for (const [at, to] of [SUBJECT, ...others].entries()) await queue(opened, [to], { kind: 'segment', ...(refs[at] as NonNullable<(typeof refs)[number]>) }, { id: ids[at] as MessageId })
  await using blobs = new FileBlobStore({ folder: folder.path, writer: 'b', nowMs: Date.now, log: silentLog })
  const go = await ask(opened, segmentsThere(blobs), { segments: segmentReader(blobs) })
  const { segments } = await until(go, 'files')
  assert.equal((await go()).state, 'files')
  const compact = (forced: ReadonlySet<string>) => compactSegments({ db: opened.db, blobs, nowMs: Date.now, settledMs: 0, forced, log: silentLog }, NEVER)
  assert.equal((await compact(new Set())).removed, 0)
  assert.equal((await compact(new Set(segments))).removed, 1)
  assert.equal((await go()).state, 'done')
  for (const name of readdirSync(folder.path)) assert.ok(!readFileSync(join(folder.path, name), 'latin1').includes(SUBJECT), name)
})

const ENCODED = {
  base64: `Content-Transfer-Encoding: base64\r\n\r\n${Buffer.from(`${'Halo. '.repeat(9)}Tulis ke ${SUBJECT} ya. `.repeat(40)).toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n`,
  printed: 'Content-Transfer-Encoding: quoted-printable\r\n\r\nTulis ke BUDI=40far.exam=\r\nple ya.\r\n',
  none: 'Reply-To: abudi@far.example\r\n\r\nHalo\r\n',
}
const OTHER = 'siti@far.example'

async function sendAll({ db }: TestDatabase): Promise<void> {
  const leased = await db.write(lease, { lane: 'far.example', holder: 'h', limit: 20, nowMs: NOW })
  const answer = { status: '2.0.0', text: '250 ok', host: 'mx', atMs: NOW }
  await db.write(settle, { holder: 'h', settled: leased.map((delivery) => ({ delivery, outcome: { kind: 'delivered', answer } as const })), site: 's', story: { tries: [] }, nowMs: NOW })
}

test('messages to others that name the subject lose their bytes in whatever form, when they were sent', async () => {
  await using opened = await openTestDatabase()
  await using folder = await temporaryFolder()
  await recoverSegments(folder.path, NEVER)
  await using blobs = new FileBlobStore({ folder: folder.path, writer: 'a', nowMs: Date.now, log: silentLog })
  const bytesOf = (text: string): Location => ({ kind: 'inline', bytes: new TextEncoder().encode(text) })
  const id = makeId('m', NOW) as MessageId
  const [place] = await blobs.append([{ organization: O1, message: id, bytes: new TextEncoder().encode(`X: ${'x'.repeat(70)}\r\n`.repeat(20_000) + ENCODED.base64) }], NEVER)
  const [base64, printed, none] = [await queue(opened, [OTHER], bytesOf(ENCODED.base64)), await queue(opened, [OTHER], bytesOf(ENCODED.printed)), await queue(opened, [OTHER], bytesOf(ENCODED.none))]
  const large = await queue(opened, [OTHER], { kind: 'segment', ...(place as NonNullable<typeof place>) }, { id })
  await sendAll(opened)
  const late = await queue(opened, [OTHER], bytesOf(ENCODED.printed))
  const go = await ask(opened, async () => false, { segments: segmentReader(blobs) })
  assert.deepEqual([(await go()).waiting, (await go()).waiting], [1, 1])
  const bytes = async () => await Promise.all([base64, printed, large, none, late].map(async (each) => (await storedMessage(opened.db, each)) !== null))
  assert.deepEqual(await bytes(), [false, false, false, true, true])
  await sendAll(opened)
  const { segments, address } = await until(go, 'done')
  assert.deepEqual([await bytes(), segments, address], [[false, false, false, true, false], [], ''])
})

const keepReport = write('test.erase.report', function* (tx, { id }: { readonly id: DeliveryId }) {
  yield* tx.run(statement<{ delivery: string; nowMs: number; head: Uint8Array }>("INSERT INTO returned (id, organization, delivery, kind, at_ms, head) VALUES ('b1', 'o1', $delivery, 'bounce', $nowMs, $head)"), { delivery: id, nowMs: NOW, head: Buffer.from('nobody can read this') })
  yield* tx.run(statement<{ nowMs: number; other: Uint8Array; head: Uint8Array }>("INSERT INTO returned (id, organization, delivery, kind, at_ms, head) VALUES ('b2', '', '', 'complained', $nowMs, $head), ('b3', '', '', 'complained', $nowMs, $other)"), { nowMs: NOW, other: Buffer.from('x'), head: Buffer.from('Original-Rcpt-To: <büro.Ö@far.example>') })
})

test('a recipient is the subject whatever the case of letters beyond ASCII, and bounces about him go unread', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const message = await queue(opened, ['BÜRO.Ö@far.example'], inline())
  const other = await queue(opened, ['buero@far.example'], { kind: 'inline', bytes: new TextEncoder().encode('x') })
  await sendAll(opened)
  const delivery = (await shownEvents(db)).find((event) => event.message === message && event.delivery !== null)?.delivery
  await db.write(keepReport, { id: delivery as DeliveryId })
  assert.equal((await until(await ask(opened, async () => false, { address: 'büro.ö@far.example' }), 'done')).address, '')
  assert.deepEqual([await storedMessage(db, message), (await storedMessage(db, other)) !== null], [null, true])
  assert.deepEqual(await db.all(statement<Record<never, never>, { id: string }>('SELECT id FROM returned'), {}).then((rows) => rows.map(({ id }) => id)), ['b3'])
})
