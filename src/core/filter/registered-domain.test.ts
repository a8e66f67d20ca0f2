import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { registeredDomain } from './registered-domain.ts'

test('a host belongs to the domain one label below a public suffix', () => {
  const hosts: Readonly<Record<string, string | null>> = {
    'www.Far.example': 'far.example', 'a.b.toko.co.id': 'toko.co.id', 'co.id': null, com: null, 'shop.github.io': 'shop.github.io', 'b\u00fccher.example': 'xn--bcher-kva.example', '192.0.2.1': null, '.far.example': null, '[::1]': null, '': null, __proto__: null,
  }
  for (const [host, domain] of Object.entries(hosts)) assert.equal(registeredDomain(host), domain, host)
})

test('whatever a host is, its domain is the end of it', () => {
  fc.assert(fc.property(fc.oneof(fc.domain(), fc.string({ unit: 'binary' })), (host) => {
    const domain = registeredDomain(host)
    if (domain !== null) assert.equal(registeredDomain(`www.${domain}`) ?? domain, domain)
  }))
})
