import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain, OrganizationId } from '../../src/base/brand.ts'
import { silentLog } from '../../src/base/log.ts'
import { makeId } from '../../src/base/ids.ts'
import { lookAtDomains, type LookOptions } from '../../src/core/domain/proof/look.ts'
import { AGAIN_AFTER_MS, CLAIM_MS, FIRST_LOOK_MS, LOOK_EVERY_MS, MAX_CLAIMS } from '../../src/core/domain/proof/limits.ts'
import type { ProofFound } from '../../src/core/domain/proof/pending.ts'
import { dueDomains, failingChecks, forgetLooks, type LookArgs, lookSoon, noteLook, noteMended } from '../../src/core/domain/proof/sql-look.ts'
import { claimById, claimDomain, claimNamed, claimsAfter, dueClaims, removeClaim, settleClaim } from '../../src/core/domain/proof/sql-pending.ts'
import { makeDkimKeys } from '../../src/core/domain/dkim.ts'
import { createDomain, domainNamed, removeDomain } from '../../src/core/domain/sql.ts'
import { addDkimKeys, dkimKeysOf } from '../../src/core/domain/sql-dkim.ts'
import { foreignReply } from '../../src/core/inbound/identity.ts'
import { authorFault } from '../../src/core/send/prepare.ts'
import { createOrganization, removeOrganization } from '../../src/core/organization/sql.ts'
import { sqlRoutes } from '../../src/core/route/sql.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { openTestDatabase } from '../support/database.ts'
import { shownEvents } from '../support/events.ts'

const NOW = 1_800_000_000_000
const MINUTE = 60_000
const [TOKO, WARUNG] = ['o-toko', 'o-warung'] as unknown as readonly [OrganizationId, OrganizationId]
const NAME = 'toko.example' as Domain
const PROVEN: ProofFound = { kind: 'proven', by: 'txt' }
const MISSING: ProofFound = { kind: 'missing', why: 'publish it' }

const claim = (db: Database, organization: OrganizationId, name: Domain = NAME, nowMs = NOW) =>
  db.write(claimDomain, { id: makeId('d', nowMs), name, organization, subaddress: '+', aliasOf: null, nowMs })

const settle = (db: Database, organization: OrganizationId, found: ProofFound, nowMs = NOW) => db.write(settleClaim, { organization, name: NAME, found, nowMs })

test('a claimed name is no domain until it is proven, and keeps its id and its keys then', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  assert.deepEqual(await claim(db, TOKO), { ok: true, value: NAME })
  await db.write(addDkimKeys, { organization: TOKO, domain: NAME, keys: await makeDkimKeys(NOW, NOW) })
  const pending = await claimNamed(db, TOKO, NAME)
  assert.deepEqual([pending?.state, pending?.checkedMs, pending?.why], ['pending', null, null])
  assert.equal(await domainNamed(db, NAME), null)
  const routes = sqlRoutes(db)
  assert.deepEqual([await routes.claims(TOKO, NAME), await routes.claims(WARUNG, NAME), await routes.rules(NAME)], [true, false, null])
  const login = { account: 'a-1' as AccountId, organization: TOKO, login: 'ani@rumah.example' }
  assert.match((await foreignReply(routes, login, `ani@${NAME}`)).text, /^toko\.example is not verified yet: publish the TXT record that .* show, then ask for another look$/)
  assert.equal((await foreignReply(routes, { ...login, organization: WARUNG }, `ani@${NAME}`)).text, 'ani@rumah.example may not send as ani@toko.example')
  const keyOf = (organization: OrganizationId) => ({ organization, key: 'k1', mode: 'live', domains: null, streams: null }) as const
  assert.deepEqual([(await authorFault({ routes }, keyOf(TOKO), NAME))?.code, (await authorFault({ routes }, keyOf(WARUNG), NAME))?.code], ['unverified_domain', 'unknown_domain'])
  assert.equal(await settle(db, TOKO, MISSING, NOW + 1), 'pending')
  assert.deepEqual([(await claimNamed(db, TOKO, NAME))?.why, (await claimNamed(db, TOKO, NAME))?.checkedMs], ['publish it', NOW + 1])
  assert.equal(await settle(db, TOKO, PROVEN, NOW + 2), 'verified')
  assert.equal((await domainNamed(db, NAME))?.id, pending?.id)
  assert.equal((await dkimKeysOf(db, TOKO, NAME)).length, 2)
  assert.deepEqual([await claimNamed(db, TOKO, NAME), await routes.claims(TOKO, NAME)], [null, false])
  assert.deepEqual((await shownEvents(db)).map(({ type, organization, data }) => [type, organization, data]), [
    ['domain.created', TOKO, { domain: NAME }], ['domain.verified', TOKO, { domain: NAME, by: 'txt' }],
  ])
  assert.equal(await settle(db, TOKO, PROVEN), 'gone')
})

test('of several organizations that claim a name the first to prove it gets it, and nobody takes it over', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  for (const organization of [TOKO, WARUNG]) assert.equal((await claim(db, organization)).ok, true)
  assert.equal(await settle(db, WARUNG, PROVEN), 'verified')
  assert.equal((await claimNamed(db, TOKO, NAME))?.state, 'failed')
  assert.equal(await settle(db, TOKO, PROVEN), 'failed')
  assert.equal((await domainNamed(db, NAME))?.organization, WARUNG)
  assert.deepEqual(await claim(db, TOKO), { ok: false, error: 'taken' })
  // Once it is free again, who still has the proof may have it.
  await db.write(removeDomain, { name: NAME, organization: WARUNG, nowMs: NOW })
  assert.equal((await claim(db, TOKO)).ok, true)
  assert.equal(await settle(db, TOKO, PROVEN), 'verified')
})

test('what an operator adds is verified by him, and claims on it are over', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  for (const organization of [TOKO, WARUNG]) await claim(db, organization)
  await db.write(createDomain, { id: makeId('d', NOW), name: NAME, organization: TOKO, subaddress: '+', aliasOf: null, nowMs: NOW })
  assert.equal(await claimNamed(db, TOKO, NAME), null)
  assert.equal((await claimNamed(db, WARUNG, NAME))?.state, 'failed')
})

test('a claim waits as long as it has waited already, from a minute to six hours, and has failed after two weeks', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await claim(db, TOKO)
  const looks: number[] = []
  for (let nowMs = NOW; nowMs <= NOW + CLAIM_MS; nowMs += MINUTE) {
    const due = nowMs - NOW < 24 * 60 * MINUTE || (nowMs - NOW) % LOOK_EVERY_MS === 0 ? await dueClaims(db, nowMs) : []
    if (due.length === 0) continue
    looks.push((nowMs - NOW) / MINUTE)
    await settle(db, TOKO, MISSING, nowMs)
  }
  assert.deepEqual(looks.slice(0, 8), [0, 1, 2, 4, 8, 16, 32, 64])
  assert.equal(await settle(db, TOKO, MISSING, NOW + CLAIM_MS), 'failed')
  assert.deepEqual(await dueClaims(db, NOW + 2 * CLAIM_MS), [])
  // Asked for once more, it begins anew.
  await claim(db, TOKO, NAME, NOW + 2 * CLAIM_MS)
  assert.equal((await dueClaims(db, NOW + 2 * CLAIM_MS)).length, 1)
})

test('claims are an organization’s own, limited in number, and go with it', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await db.write(createOrganization, { id: TOKO, name: 'toko', locale: 'id', nowMs: NOW })
  for (let at = 0; at < MAX_CLAIMS; at++) await claim(db, TOKO, `n${at}.example` as Domain)
  assert.deepEqual(await claim(db, TOKO), { ok: false, error: 'too-many' })
  assert.equal((await claim(db, TOKO, 'n0.example' as Domain)).ok, true)
  assert.equal((await claim(db, WARUNG)).ok, true)
  const [first] = await claimsAfter(db, TOKO, '', 1)
  assert.equal(first?.name, 'n0.example')
  assert.deepEqual([(await claimById(db, TOKO, first?.id ?? ''))?.name, await claimById(db, WARUNG, first?.id ?? '')], ['n0.example', null])
  assert.deepEqual([await db.write(removeClaim, { organization: WARUNG, name: 'n0.example' as Domain }), await db.write(removeClaim, { organization: TOKO, name: 'n0.example' as Domain })], [false, true])
  assert.equal(await db.write(removeOrganization, { id: TOKO, nowMs: NOW }), 'removed')
  assert.deepEqual(await claimsAfter(db, TOKO, ''), [])
})

test('what fails at a hosted domain is told when it has failed twice, once, and a silent DNS is no news', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await db.write(createDomain, { id: makeId('d', NOW), name: NAME, organization: TOKO, subaddress: '+', aliasOf: null, nowMs: NOW })
  assert.deepEqual(await dueDomains(db, NOW + FIRST_LOOK_MS - 1), [])
  assert.equal((await dueDomains(db, NOW + FIRST_LOOK_MS))[0]?.name, NAME)
  const look = (failed: readonly string[], unknown: readonly string[] = []) => db.write(noteLook, { name: NAME, organization: TOKO, failed, unknown, nowMs: NOW })
  assert.deepEqual([await look([]), await look(['dkim', 'spf'])], [[], []])
  assert.deepEqual(await look(['dkim']), ['dkim'])
  assert.deepEqual(await look(['dkim']), [])
  assert.deepEqual(await look([], ['dkim']), [])
  assert.deepEqual(await look(['dkim', 'spf']), [])
  assert.deepEqual(await look(['spf']), ['spf'])
  assert.deepEqual((await shownEvents(db)).flatMap(({ type, data }) => (type === 'domain.dns_error' ? [data] : [])), [{ domain: NAME, failing: ['dkim'] }, { domain: NAME, failing: ['spf'] }])
  assert.deepEqual(await dueDomains(db, NOW + LOOK_EVERY_MS - 1), [])
  assert.equal((await dueDomains(db, NOW + LOOK_EVERY_MS)).length, 1)
  // Nothing good is known of a domain that is looked at for the first time.
  assert.deepEqual(await db.write(noteLook, { name: 'baru.example' as Domain, organization: TOKO, failed: ['spf'], unknown: ['mx'], nowMs: NOW }), ['spf'])
  await db.write(removeDomain, { name: NAME, organization: TOKO, nowMs: NOW })
  assert.equal(await db.write(forgetLooks, {}), 2)
})

const failing = (failed: readonly string[], unknown: readonly string[] = []) => ({ name: NAME, organization: TOKO, failed, unknown, nowMs: NOW })

test('what somebody asks for and is in order again counts at once, and what he finds broken is left to the next looks', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  for (let look = 0; look < 2; look++) await db.write(noteLook, failing(['dkim', 'spf', 'mx']))
  assert.deepEqual(await db.write(noteMended, failing(['spf', 'ptr'], ['mx'])), ['dkim'])
  assert.deepEqual(await failingChecks(db, { organization: TOKO, name: NAME }), ['spf', 'mx'])
  assert.deepEqual([await db.write(noteMended, failing(['spf', 'mx'])), await failingChecks(db, { organization: WARUNG, name: NAME })], [[], []])
})

test('a domain takes bounces of its programs when all its MX lead here and its SPF lets us send; a silent DNS changes nothing', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await db.write(createDomain, { id: makeId('d', NOW), name: NAME, organization: TOKO, subaddress: '+', aliasOf: null, nowMs: NOW })
  const finding = (id: 'mx' | 'spf', kind: 'pass' | 'warn' | 'fail' | 'unknown') => ({ id, kind, expected: '', found: '', advice: null, records: [] })
  let nowMs = NOW + FIRST_LOOK_MS
  const after = async (mx: Parameters<typeof finding>[1], spf: Parameters<typeof finding>[1]): Promise<boolean | undefined> => {
    const check = async () => ({ kind: 'pass' as const, atMs: nowMs, findings: [finding('mx', mx), finding('spf', spf)] })
    const options = { dueClaims: async () => [], prove: async () => MISSING, settle: async () => '', dueDomains: (at: number) => dueDomains(db, at), check, note: (args: LookArgs) => db.write(noteLook, args), clock: { nowMs: () => nowMs }, log: silentLog }
    await lookAtDomains(options, new AbortController().signal)
    nowMs += LOOK_EVERY_MS
    return (await sqlRoutes(db).rules(NAME))?.ownReturns
  }
  assert.equal((await sqlRoutes(db).rules(NAME))?.ownReturns, false)
  assert.deepEqual([await after('pass', 'pass'), await after('pass', 'warn'), await after('unknown', 'pass'), await after('warn', 'pass'), await after('pass', 'unknown'), await after('pass', 'fail')], [true, true, true, false, false, false])
})

test('domains are looked at soon after mail of theirs was taken for forged, and not twice within an hour', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await db.write(createDomain, { id: makeId('d', NOW), name: NAME, organization: TOKO, subaddress: '+', aliasOf: null, nowMs: NOW })
  await db.write(noteLook, failing([]))
  const soon = (organization: OrganizationId, nowMs: number) => db.write(lookSoon, { organization, nowMs })
  assert.deepEqual([await soon(TOKO, NOW + AGAIN_AFTER_MS - 1), await soon(WARUNG, NOW + AGAIN_AFTER_MS), (await dueDomains(db, NOW + AGAIN_AFTER_MS)).length], [0, 0, 0])
  assert.deepEqual([await soon(TOKO, NOW + AGAIN_AFTER_MS), (await dueDomains(db, NOW + AGAIN_AFTER_MS)).length], [1, 1])
})

test('a run looks at claims and domains that are due, and at nothing else', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await claim(db, TOKO)
  await claim(db, WARUNG, 'warung.example' as Domain)
  let nowMs = NOW
  const asked: string[] = []
  const options: LookOptions = {
    dueClaims: (at) => dueClaims(db, at),
    prove: async ({ name }) => (asked.push(name), name === NAME ? PROVEN : MISSING),
    settle: (args) => db.write(settleClaim, args),
    dueDomains: (at) => dueDomains(db, at),
    check: async ({ name }) => (asked.push(`check ${name}`), { kind: 'fail', atMs: nowMs, findings: [{ id: 'spf', kind: 'fail', expected: '', found: '', advice: null, records: [] }] }),
    note: (args) => db.write(noteLook, args),
    clock: { nowMs: () => nowMs },
    log: silentLog,
  }
  const { signal } = new AbortController()
  await lookAtDomains(options, signal)
  assert.deepEqual(asked.splice(0).toSorted(), [NAME, 'warung.example'])
  await lookAtDomains(options, signal)
  assert.deepEqual(asked.splice(0), [])
  nowMs += FIRST_LOOK_MS
  await lookAtDomains(options, signal)
  assert.deepEqual(asked.splice(0).toSorted(), [`check ${NAME}`, 'warung.example'])
})
