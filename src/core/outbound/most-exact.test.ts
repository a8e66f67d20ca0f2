import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mostExact } from './most-exact.ts'

test('The most exact rule for a domain counts', () => {
  const rule = mostExact({ '*': 'opportunistic', '*.example': 'require', '*.bank.example': 'require+verify', 'old.bank.example': 'disable' })
  const table = { 'old.bank.example': 'disable', 'new.bank.example': 'require+verify', 'bank.example': 'require', example: 'opportunistic', 'far.test': 'opportunistic' }
  for (const [domain, wanted] of Object.entries(table)) assert.equal(rule(domain), wanted, domain)
})

test('Without a rule nothing is wanted', () => {
  assert.equal(mostExact({})('far.test'), null)
  assert.equal(mostExact({ 'a.test': 'require' })('b.test'), null)
})
