import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compose, usualBody } from '../../proto/mail/compose.ts'
import { scanHeader } from '../../proto/mail/header-scan.ts'
import { draftOf } from './draft.ts'
import { readNamedAddress } from './named-address.ts'
import { readSchedule } from './schedule.ts'
import { emailShape } from './shape.ts'

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5)
const HALO = { from: 'ani@home.example', to: 'budi@far.example', subject: 'Halo', text: 'Halo' }

test('an address stands alone or after a name, and nothing else is one', () => {
  const read = (text: string): string | null => {
    const found = readNamedAddress(text)
    return found === null ? null : `${found.name ?? ''}|${found.address.text}`
  }
  assert.equal(read('ani@home.example'), '|ani@home.example')
  assert.equal(read(' <ani@home.example> '), '|ani@home.example')
  assert.equal(read('Ani Lestari <ani@HOME.example>'), 'Ani Lestari|ani@home.example')
  assert.equal(read('"Lestari, \\"Ani\\"" <ani@home.example>'), 'Lestari, "Ani"|ani@home.example')
  assert.equal(read('A <b@c.example> <ani@home.example>'), 'A <b@c.example>|ani@home.example')
  for (const text of ['', 'ani', 'a@b.example, c@d.example', '<>', 'ani@[127.0.0.1]', 'Ani ani@home.example', 'ani@home.example>', '<ani@home.example', 'ani@home.example\r\nX: y']) assert.equal(read(text), null, text)
})

test('a time has a zone or is a while from now, and is neither past nor far', () => {
  const read = (text: string): number | string => {
    const found = readSchedule(text, NOW_MS)
    return found.kind === 'at' ? found.atMs - NOW_MS : found.kind
  }
  assert.equal(read('2026-01-02T03:05:05Z'), 60_000)
  assert.equal(read('2026-01-02 10:05:05.5+07'), 60_500)
  assert.equal(read('2026-01-02t10:05:05+0700'), 60_000)
  assert.equal(read('in 1 min'), 60_000)
  assert.equal(read('IN 2 Hours'), 7_200_000)
  assert.equal(read('in an hour'), 3_600_000)
  const at = (text: string): string => new Date(NOW_MS + Number(read(text))).toISOString()
  assert.deepEqual(['tomorrow at 9am', 'Friday at 3pm', 'fri at 3:04', 'Tue at 10:30 WIB', 'today at 11pm +07:00', 'thursday at 12am GMT', 'Wednesday at 12pm'].map(at), ['2026-01-03T09:00', '2026-01-02T15:00', '2026-01-09T03:04', '2026-01-06T03:30', '2026-01-02T16:00', '2026-01-08T00:00', '2026-01-07T12:00'].map((text) => `${text}:00.000Z`))
  assert.equal(read('2020-01-01T00:00:00Z'), 0)
  assert.equal(read('2027-01-01T00:00:00Z'), 'too-far')
  for (const text of ['', 'soon', '1', '2026-01-02', '2026-01-02T03:05:05', '2026-13-02T03:05:05Z', '2026-02-29T03:05:05Z', '2026-04-31 03:05:05+07', 'in 1 fortnight', 'in -1 min', 'tomorrow', 'tomorrow at 24:00', 'tomorrow at 13pm', 'tomorrow at 9:60', 'todayday at 9', 'friday at 3pm ET']) assert.equal(read(text), 'unclear', text)
})

test('a sender may say himself how his mail is stopped, and not that what goes to many cannot be', () => {
  const read = (over: object) => draftOf(emailShape.parse({ ...HALO, ...over }), NOW_MS)
  const fields = (over: object) => {
    const draft = read(over)
    return draft.ok ? draft.value.more : draft.error.map(({ field, code }) => `${field} ${code}`)
  }
  const url = `https://example.org/stop?who=1&${'x'.repeat(800)}`
  assert.deepEqual(fields({ stream: 'broadcast', unsubscribe: { url } }), [['List-Unsubscribe', `<${url}>`], ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click']])
  assert.deepEqual(fields({ unsubscribe: false }), [])
  assert.deepEqual(fields({ stream: 'broadcast.weekly', unsubscribe: false }), ['unsubscribe required'])
  assert.deepEqual(fields({ unsubscribe: { url }, headers: { 'list-unsubscribe': '<https://example.org>' } }), ['unsubscribe mismatch'])
  for (const bad of ['http://example.org/', 'https://', 'https://example.org/a b', 'https://example.org/>, <https://other.example/', 'https://example.org/\r\nBcc: x@y.example', `https://example.org/${'x'.repeat(900)}`, 'javascript:alert(1)', 'https://exämple.org/']) {
    assert.deepEqual(fields({ unsubscribe: { url: bad } }), ['unsubscribe.url invalid_url'], bad)
  }
  const draft = read({ unsubscribe: { url } })
  assert.ok(draft.ok)
  const composed = compose({ ...draft.value, from: [draft.value.from], dateMs: NOW_MS, offsetMinutes: 0, messageId: '1@home.example' }, usualBody(draft.value), 'seed')
  assert.ok(composed.ok)
  assert.ok(Buffer.from(composed.value).toString('latin1').replace(/\r\n /g, ' ').includes(`\r\nList-Unsubscribe: <${url}>\r\n`))
})

test('an address for stopping mail stays one, whatever stands in it', () => {
  const written = (url: string): unknown => {
    const draft = draftOf(emailShape.parse({ ...HALO, stream: 'broadcast', unsubscribe: { url } }), NOW_MS)
    assert.ok(draft.ok)
    const composed = compose({ ...draft.value, from: [draft.value.from], dateMs: NOW_MS, offsetMinutes: 0, messageId: '1@home.example' }, usualBody(draft.value), 'seed')
    assert.ok(composed.ok)
    return /^List-Unsubscribe:\s+<([^>]+)>\r$/m.exec(Buffer.from(composed.value).toString('latin1'))?.[1]
  }
  assert.equal(written('https://toko.example/stop/YWJj=?c=7'), 'https://toko.example/stop/YWJj%3D?c=7')
  assert.equal(written('https://toko.example/?a=?utf-8?q?x?=&b==?'), 'https://toko.example/?a=%3Futf-8?q?x?=&b==%3F')
  assert.equal(written('https://toko.example/?a=b&c='), 'https://toko.example/?a=b&c=')
})

test('fields that differ in case alone, and fields for programs that would be encoded, are faults that name them', () => {
  const faults = (headers: Record<string, string>): readonly string[] => {
    const draft = draftOf(emailShape.parse({ ...HALO, headers }), NOW_MS)
    return draft.ok ? [] : draft.error.map(({ field, code }) => `${field} ${code}`)
  }
  assert.deepEqual(faults({ 'List-Id': '<a.example>', 'list-id': '<b.example>', 'X-A': 'é', 'x-a': 'b' }), ['headers.list-id duplicate_header', 'headers.x-a duplicate_header'])
  assert.deepEqual(faults({ 'In-Reply-To': '<a@b.example>', 'IN-REPLY-TO': '<c@d.example>' }), ['headers.IN-REPLY-TO duplicate_header'])
  for (const text of ['<https://toko.example/é>', '<https://toko.example/=?x>', `<https://toko.example/${'a'.repeat(1_000)}>`]) assert.deepEqual(faults({ 'List-Help': text }), ['headers.List-Help invalid_header'], text)
  assert.deepEqual(faults({ 'List-Help': `<https://toko.example/${'a'.repeat(800)}>, <mailto:help@toko.example>`, 'X-Help': 'é' }), [])
})

test('whatever a request holds, it is refused or becomes one message with the header that was meant', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.constantFrom('a\r\nBcc: x@y.example', '\0', '__proto__', '\ud800', '', 'Ani <a@b.example>', 'a@b.example'))
  const request = fc.record(
    {
      from: text, to: fc.oneof(text, fc.array(text, { maxLength: 3 })), cc: text, reply_to: text, subject: text, text, html: text,
      headers: fc.dictionary(fc.oneof(text, fc.constantFrom('X-A', 'In-Reply-To', 'References', 'From', 'x-merpati-stream')), text, { maxKeys: 4 }),
      attachments: fc.array(fc.record({ content: text, filename: text, content_type: text, content_id: text }, { requiredKeys: [] }), { maxLength: 2 }),
      tags: fc.dictionary(text, text, { maxKeys: 2 }), scheduled_at: text, unsubscribe: fc.oneof(fc.constant(false), fc.record({ url: fc.oneof(text, fc.webUrl()) })),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(request, fc.boolean(), (over, isWhole) => {
      const parsed = emailShape.safeParse(isWhole ? { ...HALO, ...over } : over)
      if (!parsed.success) return
      const draft = draftOf(parsed.data, NOW_MS)
      if (!draft.ok) return void assert.ok(draft.error.length > 0 && draft.error.every(({ field, message }) => field !== '' && message !== ''))
      const composed = compose({ ...draft.value, from: [draft.value.from], dateMs: NOW_MS, offsetMinutes: 0, messageId: '1@home.example' }, usualBody(draft.value), 'seed')
      if (!composed.ok) return
      const header = scanHeader(composed.value)
      assert.deepEqual([header.duplicates, header.names.has('bcc'), header.from.length], [[], false, 1])
    }),
  )
})
