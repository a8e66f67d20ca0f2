import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import type { AccountId, DeliveryId, Domain, MessageId, OrganizationId } from '../../base/brand.ts'
import { MessageVerifier } from '../../proto/arc/message-verifier.ts'
import { formatKeyRecord } from '../../proto/dkim/key-record.ts'
import type { LeasedDelivery } from '../queue/delivery.ts'
import { MailSigner } from './sign.ts'

const PAIR = generateKeyPairSync('ed25519')
const NOW_MS = Date.UTC(2026, 0, 2)
const DAY_S = 86_400

const keyOf = (domain: string) => ({ domain, selector: 'e', key: PAIR.privateKey })
/** `toko.example` is hosted here by its organization, and the server is named in `host.example`. */
const signer = (): MailSigner => new MailSigner({ keys: async (_, domain) => (domain.endsWith('elsewhere.example') ? [] : [keyOf(domain)]), platformKeys: async () => [keyOf('host.example')], clock: { nowMs: () => NOW_MS } })

function delivery(priority: LeasedDelivery['priority'], over: Partial<LeasedDelivery> = {}): LeasedDelivery {
  return {
    id: 'q1' as DeliveryId, organization: 'o1' as OrganizationId, account: 'a1' as AccountId, message: `m${priority}` as MessageId, sender: '', recipient: 'b@far.test', lane: 'far.test', stream: 'submission',
    priority, attempts: 0, createdMs: 0, expiresMs: 0, last: null, possibleDuplicate: false,
    wishes: { ret: null, envid: null, notify: [], orcpt: null, body: null, smtputf8: false, requireTls: false, tlsOptional: false }, view: { prefix: '', skips: [] }, ...over,
  }
}

/** The domains whose signatures verify, and for how many seconds each holds; null for ever. */
async function signed(given: LeasedDelivery, from = 'ani@toko.example'): Promise<readonly (readonly [domain: string, seconds: number | null])[]> {
  const text = `Feedback-ID: a\r\nFrom: ${from}\r\nSubject: Halo\r\n\r\nHalo.\r\n`
  const { fields } = await signer().sign(given, 'stored', async function* () {
    yield Buffer.from(text)
  })
  const verifier = new MessageVerifier()
  verifier.push(Buffer.from(fields + text))
  const { dkim } = await verifier.finish(async () => ({ kind: 'texts', texts: [formatKeyRecord(PAIR.publicKey)] }), NOW_MS, new AbortController().signal)
  assert.ok(dkim.every(({ result }) => result === 'pass'), fields)
  const times = [...fields.replaceAll(/\r\n[ \t]+/g, ' ').matchAll(/ t=(\d+);(?: x=(\d+);)?/g)].map(([, from, until]) => (until === undefined ? null : Number(until) - Number(from)))
  return dkim.map(({ domain }, at) => [domain ?? '', times[at] ?? null])
}

test('people sign as their domain, programs as the domain of the server, too, and what goes to many holds for two weeks', async () => {
  assert.deepEqual(await signed(delivery(1)), [['toko.example', null]])
  assert.deepEqual(await signed(delivery(0)), [['toko.example', null], ['host.example', null]])
  assert.deepEqual(await signed(delivery(2)), [['toko.example', 14 * DAY_S], ['host.example', 14 * DAY_S]])
  assert.deepEqual(await signed(delivery(2), 'ani@host.example'), [['host.example', 14 * DAY_S]])
})

test('nobody is signed for whose domain is not here, and what passes through neither', async () => {
  assert.deepEqual(await signed(delivery(2), 'ani@elsewhere.example'), [])
  assert.deepEqual(await signed(delivery(2), 'ani@toko.example, budi@other.example'), [])
  assert.deepEqual(await signed(delivery(1, { account: null })), [])
  assert.deepEqual(await signed(delivery(1, { view: { prefix: '', skips: [], forwardedBy: { organization: 'o1' as OrganizationId, domain: 'toko.example' as Domain } } })), [])
})
