import assert from 'node:assert/strict'
import test from 'node:test'
import type { Domain, OrganizationId } from '../../src/base/brand.ts'
import { makeId } from '../../src/base/ids.ts'
import { houseOf } from '../../src/app/house-of.ts'
import { demoConfig } from '../../src/app/config/demo.ts'
import { keepCertificate } from '../../src/core/certificate/sql.ts'
import { changeDomain, createDomain, domainById, domainNamed, domainsAfter } from '../../src/core/domain/sql.ts'
import { putPool, putSource } from '../../src/core/pool/sql-source.ts'
import { makeCertificate } from '../support/certificate.ts'
import { openTestDatabase } from '../support/database.ts'
import { makeHome, NOW_MS } from '../support/people.ts'

const HOME = 'home.example' as Domain

test('a new domain tests its MTA-STS policy, and changes leave alone what they do not name', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await makeHome(db)
  const at = async (): Promise<unknown> => ((domain) => [domain?.mtaSts, domain?.subaddress])(await domainNamed(db, HOME))
  assert.deepEqual(await at(), ['testing', '+'])
  assert.equal(await db.write(changeDomain, { name: HOME, subaddress: null, mtaSts: 'enforce' }), true)
  assert.deepEqual(await at(), ['enforce', '+'])
  assert.equal(await db.write(changeDomain, { name: HOME, subaddress: '', mtaSts: null }), true)
  assert.deepEqual(await at(), ['enforce', ''])
  assert.equal(await db.write(changeDomain, { name: 'else.example' as Domain, subaddress: '-', mtaSts: 'none' }), false)
})

test('a domain is found by its id in its own organization only, and lists end where they are told to', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const organization = await makeHome(db)
  const id = makeId('d', NOW_MS)
  await db.write(createDomain, { id, name: 'a.example' as Domain, organization, subaddress: '+', aliasOf: null, nowMs: NOW_MS })
  assert.equal((await domainById(db, organization, id))?.name, 'a.example')
  assert.equal(await domainById(db, 'o-other' as OrganizationId, id), null)
  assert.deepEqual((await domainsAfter(db, organization, '', 1)).map(({ name }) => name), ['a.example'])
  assert.deepEqual((await domainsAfter(db, organization, 'a.example', 1)).map(({ name }) => name), [HOME])
})

test('an organization is told of the addresses that its own mail leaves from, and of no others', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const organization = await makeHome(db)
  const config = demoConfig({})
  assert.ok(config.ok)
  assert.deepEqual((await houseOf(config.value, db, organization)).sending.map(({ address }) => address), ['127.0.0.1'])
  for (const [id, address] of [['shared', '127.0.0.2'], ['theirs', '127.0.0.3'], ['ours', '127.0.0.4'], ['idle', '127.0.0.5']] as const) {
    await db.write(putSource, { id, address, ehlo: `${id}.example`, state: 'active', weight: 1, plan: null, nowMs: NOW_MS })
  }
  await db.write(putPool, { id: 'shared', kind: 'all', organization: null, overflow: null, mode: 'to-shared', sources: ['shared'] })
  await db.write(putPool, { id: 'theirs', kind: 'dedicated', organization: 'o-other' as OrganizationId, overflow: null, mode: 'to-shared', sources: ['theirs'] })
  await db.write(putPool, { id: 'ours', kind: 'dedicated', organization, overflow: null, mode: 'to-shared', sources: ['ours'] })
  const { sending } = await houseOf(config.value, db, organization)
  assert.deepEqual(sending.map(({ address, ehlo }) => [address, ehlo]).toSorted(), [['127.0.0.2', 'shared.example'], ['127.0.0.4', 'ours.example']])
})

test('the certificate that senders are shown is the newest that an authority made for our name, when no file holds one', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const organization = await makeHome(db)
  const config = demoConfig({})
  assert.ok(config.ok)
  const acme = { directory: 'https://ca.example/', contact: [], names: [], hosted: false, keyType: 'p256', challenges: [], external: null, roots: null } as const
  const ours = { ...config.value, hostname: 'mx.home.example', tls: null, certificates: [], acme }
  assert.equal((await houseOf(ours, db, organization)).certificate, null)
  const secret = Buffer.alloc(32, 1)
  for (const [name, names, issuedMs] of [['a', ['mx.home.example'], 1], ['b', ['mx.home.example', 'imap.home.example'], 2], ['c', ['mta-sts.home.example'], 3]] as const) {
    const { cert, key } = await makeCertificate(names, NOW_MS)
    await keepCertificate(db, secret, { name, names, chain: cert, key, notBeforeMs: NOW_MS, notAfterMs: NOW_MS + 1, issuedMs, directory: acme.directory })
  }
  const { certificate } = await houseOf(ours, db, organization)
  assert.deepEqual([certificate?.names, certificate?.isKeyKept, certificate?.trusted], [['mx.home.example', 'imap.home.example'], false, false])
})
