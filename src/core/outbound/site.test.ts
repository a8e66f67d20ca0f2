import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer } from '../../base/dns.ts'
import { silentLog } from '../../base/log.ts'
import type { LeasedDelivery } from '../queue/delivery.ts'
import type { Assigned, SendingSource, Standing } from './sending-source.ts'
import { newSite, type SiteParts } from './site-maker.ts'
import { SharedShaping } from './shared-shaping.ts'
import { blockList } from './targets.ts'
import { BrokenTls } from './tls/broken-tls.ts'

const FOUR: SendingSource = { id: 'four', address: '198.41.0.4', ehlo: 'four.home.example', ageDays: 99, isWarming: false }
const SIX: SendingSource = { ...FOUR, id: 'six', address: '2606:4700::9' }
const ROUTED = { plan: { kind: 'hops', hops: [{ host: 'mx.far.example', port: 25, preference: 10 }], authentic: false }, site: 'mx-1', provider: null, rule: { need: 'may', by: 'none' }, security: 'plain', protocol: 'smtp', login: null, isChosen: false, isBackup: false }

const addresses = async (name: string, family: 4 | 6): Promise<Answer<string>> => {
  const about = { name, aliases: [], authentic: false, ttlMs: 1 }
  return family === 4 ? { kind: 'found', records: ['192.88.99.1'], stale: false, ...about } : { kind: 'none', why: 'nodata', ...about }
}

test('mail that is to leave from an address whose family its servers lack goes back untouched, and by the other family the next time', async () => {
  const delivery = { id: 'd1', organization: 'o1', account: null, message: 'm1', sender: '', recipient: 'a@far.example', lane: 'far.example', stream: 'transactional', priority: 0, attempts: 0, createdMs: 0, expiresMs: 9e9, wishes: { notify: [], orcpt: null }, view: { prefix: '', skips: [] }, last: null, possibleDuplicate: false }
  const due = [delivery as unknown as LeasedDelivery] // Nothing else of it is looked at.
  const opened: (string | null)[] = []
  const outcomes: string[] = []
  let settled = Promise.withResolvers<void>()
  const engine = {
    store: { lease: async () => due.splice(0) },
    holder: 'h',
    clock: { nowMs: () => 1 },
    log: silentLog,
    chance: () => 0.5,
    overrides: () => [],
    names: { addresses },
    families: [4, 6],
    allowed: blockList([]),
    stored: async () => ({ sizeBytes: 4, location: { kind: 'inline', bytes: Buffer.from('x\r\n') } }),
    sign: async () => ({ fields: '', note: null }),
    open: async ({ from }: { readonly from: string | null }) => {
      opened.push(from)
      return { kind: 'failed', why: 'refused', detail: 'refused' }
    },
    tls: { dane: () => null, sts: async () => null, operator: () => null },
    tally: { add: () => {} },
  }
  const shaping = new SharedShaping({ store: { keep: async () => {}, since: async () => ({ changed: [], lastMs: 0 }) }, clock: engine.clock, log: silentLog })
  const parts = {
    engine,
    shaping,
    sources: {
      assign: async (deliveries: readonly LeasedDelivery[], _: unknown, { isBeyond }: Standing): Promise<Assigned> => ({ going: [{ source: isBeyond('far.example', 'v6') ? FOUR : SIX, deliveries }], waiting: [] }),
    },
    diary: {},
    brokenTls: new BrokenTls(),
    route: async () => ROUTED,
    settle: async (done: { readonly settled: readonly { readonly outcome: { readonly kind: string } }[] }) => {
      outcomes.push(...done.settled.map(({ outcome }) => outcome.kind))
      settled.resolve()
    },
    moved: () => {},
  }
  const site = newSite('far.example', ROUTED as never, parts as unknown as SiteParts) // The parts that a site asks for, and no more.
  site.add('far.example')
  await settled.promise
  assert.deepEqual([outcomes, opened], [['returned'], []])
  settled = Promise.withResolvers()
  due.push(delivery as unknown as LeasedDelivery) // Nothing else of it is looked at.
  site.add('far.example')
  await settled.promise
  assert.deepEqual([outcomes, opened], [['returned', 'deferred'], ['198.41.0.4']])
  await site.stop()
})
