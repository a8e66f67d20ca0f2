import type { KeyObject } from 'node:crypto'
import { type Zone, zone } from './dns/zone.ts'
import { makeKey } from './trust-house.ts'

/** The Internet of the tests of inbound checks, and the keys of its domains that sign. */
export interface TrustZones {
  readonly zones: readonly Zone[]
  readonly keys: ReadonlyMap<string, KeyObject>
}

/** Makes it, with more names where a test wants some. */
export function trustZones(more: readonly Zone[] = []): TrustZones {
  const far = makeKey()
  const author = makeKey()
  const zones = [
    zone('rumah.test', { '@': { MX: ['10 mx'] }, mx: { A: ['198.18.0.25'] } }),
    zone('far.test', {
      '@': { MX: ['10 mx'], TXT: ['v=spf1 ip4:192.0.2.0/28 ip4:192.0.2.40 -all'] }, mx: { A: ['192.0.2.10'] }, mx2: { A: ['192.0.2.9'] }, mx4: { A: ['192.0.2.40'] },
      _dmarc: { TXT: ['v=DMARC1; p=reject'] }, 's._domainkey': { TXT: [far.record] }, 'default._bimi': { TXT: ['v=BIMI1; l=https://far.test/logo.svg'] },
    }),
    zone('author.test', { '@': { MX: ['10 mx'], TXT: ['v=spf1 ip4:192.0.2.20 -all'] }, mx: { A: ['192.0.2.20'] }, _dmarc: { TXT: ['v=DMARC1; p=reject'] }, 's._domainkey': { TXT: [author.record] } }),
    zone('milis.test', { '@': { MX: ['10 mx'], TXT: ['v=spf1 ip4:192.0.2.30 -all'] }, mx: { A: ['192.0.2.30'] } }),
    zone('polos.test', { '@': { MX: ['10 mx'], TXT: ['v=spf1 ip4:198.51.100.0/24 -all'] }, mx: { A: ['198.51.100.99'] }, five: { A: ['198.51.100.5'] } }),
    zone('karantina.test', { '@': { MX: ['10 mx'] }, mx: { A: ['192.0.2.50'] }, _dmarc: { TXT: ['v=DMARC1; p=quarantine'] } }),
    zone('tanpa.test', { '@': { MX: ['10 mx'] }, mx: { A: ['192.0.2.51'] }, _dmarc: { TXT: ['v=DMARC1; p=none'] } }),
    zone('jauh.test', { '@': { MX: ['10 mx'], TXT: ['v=spf1 -all'] }, mx: { A: ['192.0.2.52'] } }),
    zone('halus.test', { '@': { MX: ['10 mx'], TXT: ['v=spf1 ~all'] }, mx: { A: ['192.0.2.53'] } }),
    zone('rusak.test', { '@': { MX: ['10 mx'], TXT: ['v=spf1 ip4:300.1.1.1 -all'] }, mx: { A: ['192.0.2.54'] } }),
    zone('bisu.test', { '@': { MX: ['0 .'] } }),
    zone('lain.test', { x: { A: ['192.0.2.60'] }, salah: { A: ['192.0.2.61'] } }),
    zone('isp.test', { 'host-198-51-100-22': { A: ['198.51.100.22'] } }),
    zone('2.0.192.in-addr.arpa', { 10: { PTR: ['mx.far.test.'] }, 40: { PTR: ['mx4.far.test.'] }, 30: { PTR: ['mx.milis.test.'] }, 20: { PTR: ['mx.author.test.'] } }),
    zone('100.51.198.in-addr.arpa', { 5: { PTR: ['five.polos.test.'] }, 21: { PTR: ['salah.lain.test.'] }, 22: { PTR: ['host-198-51-100-22.isp.test.'] } }),
    // Lists that are well: what must be listed is, what must not be is not.
    zone('zen.spamhaus.org', { '2.0.0.127': { A: ['127.0.0.2'] }, '66.113.0.203': { A: ['127.0.0.4'] }, '67.113.0.203': { A: ['127.0.0.10'] } }),
    zone('psbl.surriel.com', { '2.0.0.127': { A: ['127.0.0.2'] }, '67.113.0.203': { A: ['127.0.0.2'] } }),
    zone('dbl.spamhaus.org', { 'dbltest.com': { A: ['127.0.1.2'] }, 'pancing.example': { A: ['127.0.1.4'] } }),
    zone('multi.surbl.org', { 'surbl-org-permanent-test-point.com': { A: ['127.0.0.254'] }, 'curang.example': { A: ['127.0.0.64'] } }),
    ...more,
  ]
  return { zones, keys: new Map([['far.test', far.key], ['author.test', author.key]]) }
}
