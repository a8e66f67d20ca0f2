import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pretendedFor } from './magic.ts'

test('Certain recipients have a fate, whatever their domain and label', () => {
  const table = { 'delivered@a.test': 'delivered', 'Bounced@b.example': 'failed', 'bounced+order-7@b.example': 'failed', 'deferred@c.test': 'deferred', 'complained@d.test': 'complained', 'suppressed@e.test': 'suppressed', '4xx+421@f.test': 'deferred', '550@g.test': 'failed' }
  for (const [recipient, kind] of Object.entries(table)) assert.equal(pretendedFor(recipient)?.kind, kind, recipient)
})

test('A code is what the server says', () => {
  const told = pretendedFor('5xx+554@g.test')
  assert.ok(told?.kind === 'failed')
  assert.deepEqual([told.reply, told.status], ['554 5.0.0 As you wished', '5.0.0'])
})

test('All others have none', () => {
  for (const recipient of ['budi@far.test', 'bouncedy@far.test', '250@far.test', '4xx+abc@far.test', '@far.test']) assert.equal(pretendedFor(recipient), null, recipient)
})
