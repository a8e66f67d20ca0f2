import { createHash, X509Certificate } from 'node:crypto'
import { checkPort } from '../../src/app/check-port.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Domain } from '../../src/base/brand.ts'
import type { Finding } from '../../src/core/domain/check/finding.ts'
import { checkDomain } from '../../src/core/domain/check/check-domain.ts'
import type { FetchedSts, Greeted, Listed, OneClick, OutsidePort, WebAnswer } from '../../src/core/domain/check/questions.ts'
import { makeDkimKeys } from '../../src/core/domain/dkim.ts'
import type { House } from '../../src/core/domain/house.ts'
import { stsPolicyOf } from '../../src/core/domain/sts.ts'
import { type Subject, wantedRecords } from '../../src/core/domain/wanted-records.ts'
import { reverseName } from '../../src/infra/net/resolver/reverse.ts'
import { makeCertificate } from './certificate.ts'
import { forever, testResolver } from './dns/resolver.ts'
import type { DnsTestServer } from './dns/server.ts'
import { zone } from './dns/zone.ts'
import { type Changes, zonesOf } from './domain-zone.ts'

/** When the checks of these tests are made. */
export const NOW_MS = Date.parse('2026-11-26T12:00:00Z')

/** What a test changes of a world in which all is well. */
export interface World {
  readonly zone?: Changes
  readonly signed?: boolean
  readonly bogus?: boolean
  readonly house?: Partial<House>
  readonly subject?: Partial<Subject>
  readonly policy?: FetchedSts
  readonly greeted?: Greeted
  readonly web?: WebAnswer
  readonly oneClick?: OneClick
  readonly listed?: Listed
  readonly reaches?: (local: string) => boolean
  /** Names that the DNS server says nothing about. */
  readonly silent?: readonly string[]
}

/** A world to check a domain in: our DNS client, a DNS server that validates, and everything in order. */
export interface CheckedDomain {
  readonly subject: Subject
  check(world?: World): Promise<ReadonlyMap<string, Finding>>
}

const TEST_ZONES = [zone('signed.test', { '@': { A: ['192.0.2.1'] } }, { signed: true }), zone('broken.test', { '@': { A: ['192.0.2.1'] } }, { bogus: true })]

/** Makes the domain `toko.example` of the host `mx.rumah.example`, and a way to check it. */
export async function checkedDomain(dns: DnsTestServer): Promise<CheckedDomain> {
  const certificate = await makeCertificate(['mx.rumah.example'], NOW_MS)
  const keys = await makeDkimKeys(NOW_MS - 86_400_000, NOW_MS - 86_400_000)
  const subject: Subject = { name: 'toko.example' as Domain, sts: 'enforce', keys, house: houseWith(certificate.cert), nowMs: NOW_MS }
  return {
    subject,
    async check(world = {}) {
      const house = { ...subject.house, ...world.house }
      const now: Subject = { ...subject, ...world.subject, house }
      // What is published is what was asked for in the world where all is well; the world that is checked may want something else.
      const records = wantedRecords({ ...subject, keys: now.keys })
      dns.serve([...zonesOf(records, world.zone, { signed: world.signed ?? true, bogus: world.bogus ?? false }), ...TEST_ZONES])
      for (const name of world.silent ?? []) dns.behave(name, 'refused')
      using resolver = testResolver([dns], { validating: 'on-loopback', testNames: { signed: 'signed.test', broken: 'broken.test' }, clock: systemClock })
      await resolver.selfTest(forever)
      const { findings } = await checkDomain(now, checkPort(resolver), outsideOf(now, world), forever)
      for (const name of world.silent ?? []) dns.behave(name, null)
      return new Map(findings.map((finding) => [finding.id, finding]))
    },
  }
}

function houseWith(cert: string): House {
  const own = new X509Certificate(cert)
  const address = '192.0.2.25'
  const reverse = reverseName(address) ?? ''
  return {
    hostname: 'mx.rumah.example',
    otherNames: [],
    addresses: [{ address, reverse }],
    sending: [{ address, reverse, ehlo: 'mx.rumah.example' }],
    families: [4],
    services: [{ name: 'submissions', port: 465 }, { name: 'submission', port: 587 }, { name: 'imaps', port: 993 }, { name: 'pop3s', port: 995 }],
    httpsPort: 443,
    linkHost: 'links.toko.example',
    certificate: {
      chain: [own.raw],
      names: ['mx.rumah.example'],
      isKeyKept: true,
      keyDigest: createHash('sha256').update(own.publicKey.export({ type: 'spki', format: 'der' })).digest('hex'),
      untilMs: NOW_MS + 60 * 86_400_000,
      trusted: true,
    },
    nextKeyDigests: [],
    authority: 'ca.example',
    reportsTo: 'postmaster',
  }
}

function outsideOf({ house, sts }: Subject, { policy, greeted, web, oneClick, listed, reaches = () => true }: World): OutsidePort {
  return {
    policy: async () => policy ?? { kind: 'policy', policy: stsPolicyOf(house, sts) },
    greet: async () => greeted ?? { kind: 'greeted', tookMs: 20, startTls: true },
    web: async () => web ?? { kind: 'answers' },
    oneClick: async () => oneClick ?? { kind: 'answered', status: 200, tookMs: 20 },
    listed: async () => listed ?? { kind: 'unlisted' },
    reaches: async (local) => reaches(local),
    isPublic: (address) => !address.startsWith('10.'),
  }
}
