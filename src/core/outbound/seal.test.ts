import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import type { DeliveryId, Domain, MessageId, OrganizationId } from '../../base/brand.ts'
import { MessageVerifier } from '../../proto/arc/message-verifier.ts'
import { formatKeyRecord } from '../../proto/dkim/key-record.ts'
import { authenticationResults } from '../../proto/mail/auth-results.ts'
import type { LeasedDelivery } from '../queue/delivery.ts'
import { MailSealer } from './seal.ts'

const PAIR = generateKeyPairSync('ed25519')
const RECORD = formatKeyRecord(PAIR.publicKey)
const REST = 'Received: by mx.home.example; Thu, 1 Jan 2026 00:00:00 +0000\r\nFrom: orang@jauh.example\r\nSubject: Halo\r\n\r\nHalo.\r\n'
const NOW_MS = Date.UTC(2026, 0, 2)

function sealer(): MailSealer {
  return new MailSealer({ keys: async (_, domain) => [{ domain, selector: 'e', key: PAIR.privateKey }], clock: { nowMs: () => NOW_MS } })
}

function delivery(prefix: string, domain = 'home.example', message = 'm1'): LeasedDelivery {
  return {
    id: 'q1' as DeliveryId, organization: 'o1' as OrganizationId, account: null, message: message as MessageId, sender: '', recipient: 'b@far.test', lane: 'far.test', stream: 'submission',
    priority: 1, attempts: 0, createdMs: 0, expiresMs: 0, last: null, possibleDuplicate: false,
    wishes: { ret: null, envid: null, notify: [], orcpt: null, body: null, smtputf8: false, requireTls: false, tlsOptional: false },
    view: { prefix, skips: [], forwardedBy: { organization: 'o1' as OrganizationId, domain: domain as Domain } },
  }
}

test('a message to many recipients is sealed once for each form and each domain that leads it on', async () => {
  const mail = sealer()
  const prefix = authenticationResults('mx.home.example', [])
  let read = 0
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    read++
    yield Buffer.from(prefix + REST)
  }
  const first = await mail.seal(delivery(prefix), 'stored', pieces)
  const once = read
  assert.deepEqual(await mail.seal({ ...delivery(prefix), id: 'q2' as DeliveryId }, 'stored', pieces), first)
  assert.equal(read, once)
  await mail.seal(delivery(prefix, 'toko.example'), 'stored', pieces)
  await mail.seal(delivery(prefix), 'seven-bit', pieces)
  assert.equal(read, 3 * once)
})

test('whatever words are in our results, the set of them is verified as it leaves', async () => {
  const word = fc.string({ unit: 'binary', maxLength: 40 })
  const result = fc.record({ method: fc.constantFrom('spf', 'dkim', 'dmarc'), result: fc.constantFrom('pass', 'fail', 'none'), reason: fc.option(word), properties: fc.array(fc.tuple(fc.constant('smtp.mailfrom'), word), { maxLength: 3 }) })
  await fc.assert(fc.asyncProperty(fc.array(result, { maxLength: 4 }), async (methods) => {
    const prefix = authenticationResults('mx.home.example', methods)
    const { fields, note } = await sealer().seal(delivery(prefix), 'stored', async function* () {
      yield Buffer.from(prefix + REST)
    })
    assert.equal(note, null)
    const verifier = new MessageVerifier()
    verifier.push(Buffer.from(fields + prefix + REST))
    const { arc } = await verifier.finish(async () => ({ kind: 'texts', texts: [RECORD] }), NOW_MS, new AbortController().signal)
    assert.equal(arc.result, 'pass', fields)
  }))
})
