import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NOW_MS } from '../../../test/support/people.ts'
import { SECOND_MS } from '../../base/duration.ts'
import { parseNetwork } from '../access/network.ts'
import { type Circumstances, judgeHits } from './classify.ts'
import { agentOf, type Hit } from './hit.ts'
import { GATEWAYS } from './table/gateways.ts'
import { HONEYPOT } from './token.ts'

const FACTS: Circumstances = { deliveredMs: NOW_MS, of: 'one', opens: 'noted' }
const open = (atMs: number, over: Partial<Hit> = {}): Hit => ({ atMs: NOW_MS + atMs, kind: 'open', link: 0, method: 'GET', agent: 'browser', ...over })
const click = (atMs: number, link = 0, over: Partial<Hit> = {}): Hit => open(atMs, { kind: 'click', link, ...over })
const judged = (hits: readonly Hit[], over: Partial<Circumstances> = {}): readonly string[] => judgeHits(hits, { ...FACTS, ...over }).map((each) => `${each.class} ${each.reason}`.trim())

const CHROME = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36'

test('the name of a program tells whether it is a browser, a proxy or a scanner', () => {
  const names: readonly (readonly [string | undefined, string])[] = [
    [CHROME, 'browser'],
    ['Mozilla/5.0', 'apple'],
    ['Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)', 'google'],
    ['YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html', 'yahoo'],
    [undefined, 'scanner'],
    ['', 'scanner'],
    ['curl/8.5.0', 'scanner'],
    ['python-requests/2.31', 'scanner'],
    [CHROME.replace('Chrome/', 'HeadlessChrome/'), 'scanner'],
    ['BarracudaCentral', 'scanner'],
    ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'scanner'],
    [CHROME.replace('Windows NT 10.0; Win64; x64', 'Linux; Android 13; CUBOT NOTE 20'), 'browser'],
  ]
  for (const [name, agent] of names) assert.equal(agentOf(name, '192.0.2.1'), agent, name ?? 'no name')
})

test('the networks of gateways are theirs whatever asks from there, and their neighbours are not', () => {
  const from = (address: string): string => agentOf(CHROME, address)
  for (const inside of ['209.222.80.0', '209.222.87.255', '67.231.144.1', '148.163.159.255', '195.130.217.9', '40.93.255.255', '104.47.127.255', '::ffff:209.222.82.1', '2a01:111:f400::1']) assert.equal(from(inside), 'gateway', inside)
  for (const outside of ['209.222.79.255', '209.222.88.0', '104.47.128.0', '2a01:111:f401::1', '127.0.0.1', '::1', '', 'x', '999.1.1.1', 'fe80::1%eth0']) assert.equal(from(outside), 'browser', outside)
  assert.equal(agentOf('Mozilla/5.0 (via ggpht.com GoogleImageProxy)', '209.222.82.1'), 'gateway', 'a name proves nothing')
  for (const { name, networks, source } of GATEWAYS) {
    assert.ok(networks.length > 0 && source !== '', name)
    assert.deepEqual(networks.filter((network) => parseNetwork(network) !== network), [], name)
  }
})

test('whatever stands in the field and wherever it comes from, it is somebody', () => {
  fc.assert(fc.property(fc.option(fc.string({ unit: 'binary' }), { nil: undefined }), fc.oneof(fc.ipV4(), fc.ipV6(), fc.string({ unit: 'binary' })), (field, address) => {
    assert.ok(['browser', 'apple', 'google', 'yahoo', 'scanner', 'gateway'].includes(agentOf(field, address)))
  }))
})

test('what a gateway opens and follows is a program’s, and what its owner does from elsewhere is a person’s', () => {
  const gateway = { agent: 'gateway' } as const
  assert.deepEqual(judged([open(60 * SECOND_MS, gateway), click(61 * SECOND_MS, 0, gateway), open(600 * SECOND_MS), click(610 * SECOND_MS)]), ['bot gateway', 'bot gateway', 'human', 'human'])
  assert.deepEqual(judged([click(60 * SECOND_MS, 0, gateway)], { of: 'shared' }), ['bot gateway'])
})

test('somebody opens a message and follows a link', () => {
  assert.deepEqual(judged([open(60 * SECOND_MS), click(70 * SECOND_MS), click(75 * SECOND_MS, 1)]), ['human', 'human', 'human'])
})

test('Apple fetches every picture, whoever reads: that is nobody’s opening, and a click after it is somebody’s', () => {
  assert.deepEqual(judged([open(4 * SECOND_MS, { agent: 'apple' }), click(3_600 * SECOND_MS)]), ['proxy apple-privacy', 'human'])
})

test('the proxy of Gmail fetches once for a reader; what it fetches at once after delivery, or again, tells nothing', () => {
  const google = { agent: 'google' } as const
  assert.deepEqual(judged([open(1 * SECOND_MS, google), open(60 * SECOND_MS, google), open(90 * SECOND_MS, google)]), ['proxy google-prefetch', 'human', 'proxy google-again'])
  assert.deepEqual(judged([open(60 * SECOND_MS, google), open(90 * SECOND_MS, google)], { deliveredMs: null }), ['human', 'proxy google-again'])
})

test('the proxy of Yahoo tells nothing', () => {
  assert.deepEqual(judged([open(60 * SECOND_MS, { agent: 'yahoo' })]), ['proxy yahoo-proxy'])
})

test('a gateway follows three links within two seconds: all three were it, though the first looked like somebody', () => {
  const three = [open(60 * SECOND_MS), click(61 * SECOND_MS, 0), click(61.5 * SECOND_MS, 1), click(62.9 * SECOND_MS, 2)]
  assert.deepEqual(judged(three.slice(0, 3)), ['human', 'human', 'human'])
  assert.deepEqual(judged(three), ['human', 'bot many-links', 'bot many-links', 'bot many-links'])
  assert.deepEqual(judged([...three, click(600 * SECOND_MS)]).at(-1), 'human')
  assert.deepEqual(judged([open(60 * SECOND_MS), click(61 * SECOND_MS), click(61.2 * SECOND_MS), click(61.4 * SECOND_MS)]).slice(1), ['human', 'human', 'human'])
  assert.deepEqual(judged([open(60 * SECOND_MS), click(61 * SECOND_MS, 0), click(62 * SECOND_MS, 1), click(63 * SECOND_MS, 2)]).slice(1), ['human', 'human', 'human'])
})

test('whoever follows the link that nobody sees is a program, and so is what came minutes before and after', () => {
  assert.deepEqual(judged([open(30 * SECOND_MS), click(31 * SECOND_MS), click(32 * SECOND_MS, HONEYPOT), click(3_600 * SECOND_MS)]), ['bot honeypot', 'bot honeypot', 'bot honeypot', 'human'])
})

test('HEAD is nobody’s', () => {
  assert.deepEqual(judged([open(60 * SECOND_MS, { method: 'HEAD' }), open(61 * SECOND_MS), click(62 * SECOND_MS, 0, { method: 'HEAD' })]), ['bot head', 'human', 'bot head'])
})

test('a click at once after delivery is a program’s when there was no opening before', () => {
  assert.deepEqual(judged([click(5 * SECOND_MS)]), ['bot at-once'])
  assert.deepEqual(judged([open(3 * SECOND_MS), click(5 * SECOND_MS)]), ['human', 'human'])
  assert.deepEqual(judged([click(20 * SECOND_MS)]), ['human'])
  assert.deepEqual(judged([click(5 * SECOND_MS)], { opens: 'not-noted' }), ['human'])
  assert.deepEqual(judged([click(5 * SECOND_MS)], { deliveredMs: null }), ['human'])
})

test('what comes before our peer has said that it took the message comes at once', () => {
  assert.deepEqual(judged([click(-SECOND_MS)], { deliveredMs: 'not-yet' }), ['bot at-once'])
  assert.deepEqual(judged([open(-SECOND_MS, { agent: 'google' })], { deliveredMs: 'not-yet' }), ['proxy google-prefetch'])
  assert.deepEqual(judged([click(-SECOND_MS), click(3_600 * SECOND_MS)]), ['bot at-once', 'human'])
})

test('an opening soon after a click makes it a person’s, when it is a person’s itself', () => {
  assert.deepEqual(judged([click(5 * SECOND_MS), open(6 * SECOND_MS)]), ['human', 'human'])
  assert.deepEqual(judged([click(5 * SECOND_MS), open(60 * SECOND_MS)]), ['bot at-once', 'human'])
  for (const over of [{ agent: 'scanner' }, { agent: 'gateway' }, { agent: 'apple' }, { agent: 'yahoo' }, { method: 'HEAD' }] as const) assert.equal(judged([click(5 * SECOND_MS), open(6 * SECOND_MS, over)])[0], 'bot at-once', JSON.stringify(over))
  assert.deepEqual(judged([click(1 * SECOND_MS), open(2 * SECOND_MS, { agent: 'google' })]), ['bot at-once', 'proxy google-prefetch'])
})

test('an opening by a program does not make a click a person’s; one by a proxy that fetches for its reader does', () => {
  for (const over of [{ agent: 'scanner' }, { agent: 'gateway' }, { method: 'HEAD' }] as const) assert.equal(judged([open(1 * SECOND_MS, over), click(3 * SECOND_MS)])[1], 'bot at-once', JSON.stringify(over))
  assert.deepEqual(judged([open(1 * SECOND_MS, { agent: 'apple' }), click(3 * SECOND_MS)]), ['proxy apple-privacy', 'human'])
})

test('hits of several recipients are judged each by itself', () => {
  assert.deepEqual(judged([click(1 * SECOND_MS, 0), click(1.1 * SECOND_MS, 1), click(1.2 * SECOND_MS, 2), click(1.3 * SECOND_MS, HONEYPOT)], { of: 'shared' }), ['human', 'human', 'human', 'bot honeypot'])
})
