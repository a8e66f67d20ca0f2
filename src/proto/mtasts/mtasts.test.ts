import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MAX_AGE_S, MAX_POLICY_BYTES } from './limits.ts'
import { formatStsPolicy, mxMatches, parseStsPolicy } from './policy.ts'
import { parseStsRecord } from './record.ts'

const bytes = (text: string): Buffer => Buffer.from(text)

test('the record of RFC 8461 §3.1 gives its id', () => {
  assert.equal(parseStsRecord(['v=STSv1; id=20160831085700Z;']), '20160831085700Z')
  for (const text of ['v=STSv1;id=1', 'v=STSv1; \t id=1 \t', 'v=STSv1; x-y.z=a:b; id=1 ;', 'v=STSv1; id=1; id=2']) assert.equal(parseStsRecord([text]), '1', text)
})

test('a record that the grammar does not allow is no policy', () => {
  const wrong = [
    '', 'v=STSv1', 'v=STSv1;', 'v=STSv2; id=1', 'V=STSv1; id=1', 'v=stsv1; id=1', ' v=STSv1; id=1', 'id=1; v=STSv1', 'v=STSv1; ID=1', 'v=STSv1; id=', 'v=STSv1; id=a-b',
    `v=STSv1; id=${'a'.repeat(33)}`, 'v=STSv1; id=1;;', 'v=STSv1;; id=1', 'v=STSv1; id=1; x', 'v=STSv1; id=1; x=a b', 'v=STSv1; id=1\n', `v=STSv1; id=1; x=${'a'.repeat(2000)}`,
  ]
  for (const text of wrong) assert.equal(parseStsRecord([text]), null, text)
})

test('of several TXT records exactly one may be a policy record', () => {
  assert.equal(parseStsRecord(['other', 'v=STSv1; id=1', 'v=STSv10']), '1')
  assert.equal(parseStsRecord(['v=STSv1; id=1', 'v=STSv1; id=1']), null)
  assert.equal(parseStsRecord([]), null)
})

test('the policy of RFC 8461 §3.2 is read with either line end', () => {
  const lines = ['version: STSv1', 'mode: enforce', 'mx: mail.example.com', 'mx: *.Example.net', 'mx: backupmx.example.com', 'max_age: 604800']
  const policy = { mode: 'enforce', maxAgeS: 604800, mx: ['mail.example.com', '*.example.net', 'backupmx.example.com'] }
  for (const text of [lines.join('\r\n'), lines.join('\n'), `${lines.join('\r\n')}\r\n`, lines.join(' \t\n')]) {
    assert.deepEqual(parseStsPolicy(bytes(text)), { ok: true, value: policy }, JSON.stringify(text))
  }
})

test('fields that are not known are ignored, and of the known ones the first counts', () => {
  const read = parseStsPolicy(bytes('version:STSv1\nx-new: später\nmode: testing\nmode: enforce\nmax_age: 5\nmax_age: x\nmx: a.example\n'))
  assert.deepEqual(read, { ok: true, value: { mode: 'testing', maxAgeS: 5, mx: ['a.example'] } })
})

test('a policy without patterns asks for nothing, and only then', () => {
  assert.deepEqual(parseStsPolicy(bytes('version: STSv1\nmode: none\nmax_age: 86400')), { ok: true, value: { mode: 'none', maxAgeS: 86400, mx: [] } })
  assert.equal(parseStsPolicy(bytes('version: STSv1\nmode: enforce\nmax_age: 86400')).ok, false)
})

test('max_age ends at a year', () => {
  const read = parseStsPolicy(bytes('version: STSv1\nmode: none\nmax_age: 9999999999'))
  assert.equal(read.ok && read.value.maxAgeS, MAX_AGE_S)
})

test('what is no policy is refused', () => {
  const good = 'version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 5\n'
  assert.ok(parseStsPolicy(bytes(good)).ok)
  const wrong = [
    '', '\n', 'hello', '<html>', good.replace('STSv1', 'stsv1'), good.replace('version', 'Version'), good.replace('enforce', 'Enforce'), good.replace('5', '-5'), good.replace('5', '12345678901'),
    good.replace('5', ''), good.replace('a.example', '*'), good.replace('a.example', '*.*.example'), good.replace('a.example', 'a.*.example'), good.replace('a.example', '192.0.2.1'),
    good.replace('a.example', ''), good.replace('\nmx', '\n\nmx'), `${good}x`, `${good}y: \0`, `${good}z: ${'a'.repeat(MAX_POLICY_BYTES)}`, good.replaceAll('\n', '\r'), `${good}${'mx: a.example\n'.repeat(1_001)}`,
  ]
  for (const text of wrong) assert.equal(parseStsPolicy(bytes(text)).ok, false, JSON.stringify(text.slice(0, 200)))
})

test('a star stands for one label', () => {
  assert.ok(mxMatches('mx.example.com', 'mx.example.com'))
  assert.ok(mxMatches('*.example.com', 'mx.example.com'))
  for (const host of ['example.com', 'a.mx.example.com', '.example.com', 'mx.example.org', 'mxexample.com', '']) assert.ok(!mxMatches('*.example.com', host), host)
  assert.ok(!mxMatches('mx.example.com', 'a.mx.example.com'))
})

test('no bytes make the policy reader throw, and what it reads can be matched', () => {
  const part = fc.constantFrom('version: STSv1', 'mode: enforce', 'mode: none', 'mx: ', '*.', 'a.example', 'max_age: ', '86400', '\r\n', '\n', ':', ' ', '\t', 'é', '\0')
  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.array(part, { maxLength: 40 }).map((parts) => bytes(parts.join('')))), (data) => {
    const read = parseStsPolicy(data)
    if (!read.ok) return
    assert.ok(read.value.mode === 'none' || read.value.mx.length > 0)
    for (const pattern of read.value.mx) assert.ok(mxMatches(pattern, pattern.replace('*', 'x')), pattern)
  }))
})

test('no text makes the record reader throw, and an id is letters and digits', () => {
  const part = fc.constantFrom('v=STSv1', 'id=', 'a1', ';', ' ', '\t', '=', 'x=y', '\0', 'é')
  fc.assert(fc.property(fc.oneof(fc.string(), fc.array(part, { maxLength: 20 }).map((parts) => `v=STSv1;${parts.join('')}`)), (text) => {
    const id = parseStsRecord([text])
    assert.ok(id === null || /^[A-Za-z0-9]{1,32}$/.test(id))
  }))
})

test('what is written is what is read', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9]{0,20}$/)
  const pattern = fc.tuple(fc.boolean(), name, name).map(([isWild, one, two]) => `${isWild ? '*.' : ''}${one}.${two}`)
  fc.assert(fc.property(fc.constantFrom('enforce', 'testing', 'none'), fc.array(pattern, { minLength: 1, maxLength: 10 }), fc.integer({ min: 0, max: MAX_AGE_S }), (mode, mx, maxAgeS) => {
    const text = formatStsPolicy({ mode, mx, maxAgeS })
    assert.deepEqual(parseStsPolicy(bytes(text)), { ok: true, value: { mode, mx, maxAgeS } })
    assert.ok(!/[^\r]\n/.test(text))
  }))
})
