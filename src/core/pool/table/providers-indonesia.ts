import type { ProviderRow } from '../provider.ts'
import { perMinute, perSecond } from '../rate.ts'

/**
 * Indonesian providers, by domain: the names of their hosts could not be learned without asking them. Hosts of a row elsewhere go first.
 */
export const INDONESIA: readonly ProviderRow[] = [
  {
    key: 'id-telkom', name: 'Telkom', rollup: 'provider',
    match: { by: 'domain', exact: ['telkom.net', 'plasa.com', 'telkom.co.id', 'telkom.net.id'] },
    connections: [2, 2], messagesPerConnection: 20, rate: [perMinute(20), perSecond(2)],
    note: 'Free mail of another time: many boxes are dead, and it bears few hard bounces.',
    source: 'ours', checkedAt: '2026-11-23',
    tests: { yes: ['telkom.net', 'plasa.com', 'telkom.co.id', 'telkom.net.id'], no: ['mytelkom.net', 'mail.telkom.net'] },
  },
  {
    key: 'id-indosat', name: 'Indosat Ooredoo Hutchison', rollup: 'provider',
    match: { by: 'domain', exact: ['indosat.net.id', 'indosat.com', 'ioh.co.id'] },
    connections: [2, 2], messagesPerConnection: 20, rate: [perMinute(20), perSecond(2)],
    note: 'A start value.',
    source: 'ours', checkedAt: '2026-11-23',
    tests: { yes: ['indosat.net.id', 'indosat.com', 'ioh.co.id'], no: ['notindosat.com', 'x.indosat.com'] },
  },
  {
    key: 'id-biznet', name: 'Biznet', rollup: 'provider',
    match: { by: 'domain', exact: ['biz.net.id', 'biznetnetworks.com'] },
    connections: [2, 2], messagesPerConnection: 20, rate: [perMinute(20), perSecond(2)],
    note: 'A start value.',
    source: 'ours', checkedAt: '2026-11-23',
    tests: { yes: ['biz.net.id', 'biznetnetworks.com'], no: ['notbiz.net.id', 'x.biz.net.id'] },
  },
  {
    key: 'id-cbn-centrin', name: 'CBN, Centrin, LinkNet', rollup: 'provider',
    match: { by: 'domain', exact: ['cbn.net.id', 'centrin.net.id', 'link.net.id', 'fast.net.id'] },
    connections: [2, 2], messagesPerConnection: 20, rate: [perMinute(20), perSecond(2)],
    note: 'A start value.',
    source: 'ours', checkedAt: '2026-11-23',
    tests: { yes: ['cbn.net.id', 'centrin.net.id', 'link.net.id', 'fast.net.id'], no: ['notcbn.net.id', 'breakfast.net.id'] },
  },
  {
    key: 'id-isp-other', name: 'Other Indonesian access providers', rollup: 'hosts',
    match: {
      by: 'domain',
      below: [
        'radnet.net.id', 'indo.net.id', 'nusa.net.id', 'melsa.net.id', 'dnet.net.id', 'uninet.net.id',
        'pacific.net.id', 'rad.net.id', 'xl.co.id', 'smartfren.com',
      ],
    },
    connections: [2, 2], messagesPerConnection: 20, rate: [perMinute(20), perSecond(2)], also: { greetingWithinMs: 120_000 },
    note: 'Greetings take long, greylists are common, SpamCop is believed. Old TLS only where the operator allows it.',
    source: 'ours', checkedAt: '2026-11-23',
    tests: { yes: ['radnet.net.id', 'mail.indo.net.id', 'smartfren.com'], no: ['notindo.net.id', 'net.id', 'xl.co.id.example.com'] },
  },
  {
    key: 'id-public', name: 'Indonesian government, schools and associations', rollup: 'hosts',
    match: { by: 'domain', below: ['go.id', 'ac.id', 'sch.id', 'desa.id', 'mil.id', 'or.id'] },
    connections: [2, 2], messagesPerConnection: 20, rate: [perMinute(20), perSecond(2)],
    note: 'Most are at Google or Microsoft, and those rows go first; the rest are servers of their own with small quotas.',
    source: 'ours', checkedAt: '2026-11-23',
    tests: { yes: ['kemkes.go.id', 'ui.ac.id', 'sman1.sch.id'], no: ['co.id', 'example.co.id', 'notgo.id'] },
  },
]
