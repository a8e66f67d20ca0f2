import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, OrganizationId } from '../../base/brand.ts'
import type { Credential, LoginRecord } from './store.ts'
import { type LoginProtocol, usableWith } from './usable.ts'

const credential = (id: string, kind: Credential['kind'], protocols: Credential['protocols'] = null): Credential => ({ id, kind, name: '', secret: '', scram: null, usedMs: null, expiresMs: null, protocols, submission: null })

test('each protocol takes the credentials that are for it, and mail programs no password once there is a second factor', () => {
  const record: LoginRecord = {
    ...{ account: 'a1' as AccountId, organization: 'o1' as OrganizationId, login: 'ani@home.example', role: 'member', state: 'active', version: 1, secondFactor: 'off' },
    credentials: [credential('own', 'password'), credential('any', 'app'), credential('read', 'app', ['imap', 'pop3'])],
  }
  const usable = (protocol: LoginProtocol, secondFactor: LoginRecord['secondFactor']): string => usableWith({ ...record, secondFactor }, protocol).credentials.map(({ id }) => id).join(' ')
  assert.deepEqual([usable('http', 'off'), usable('http', 'on')], ['own', 'own'])
  assert.deepEqual([usable('imap', 'off'), usable('imap', 'on')], ['own any read', 'any read'])
  assert.deepEqual([usable('submission', 'off'), usable('submission', 'on')], ['own any', 'any'])
})
