import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test from 'node:test'
import fc from 'fast-check'
import { readHeader } from '../mail/headers.ts'
import { BodyDigests } from './body-digest.ts'
import { canonicalBody, type Canonicalization } from './canonical-body.ts'
import { canonicalField, selectFields } from './canonical-header.ts'

/** A body in canonical form, fed in the pieces that `cuts` make. */
function canonical(how: Canonicalization, body: Buffer, cuts: readonly number[] = []): string {
  const out: Buffer[] = []
  const canon = canonicalBody(how, (bytes) => out.push(Buffer.from(bytes)))
  const edges = [0, ...cuts.filter((cut) => cut < body.length).sort((a, b) => a - b), body.length]
  for (const [index, edge] of edges.slice(1).entries()) canon.push(body.subarray(edges[index], edge))
  canon.end()
  return Buffer.concat(out).toString('latin1')
}

/** RFC 6376 §3.4.3 and §3.4.4, said plainly. */
function model(how: Canonicalization, body: Buffer): string {
  const text = body.toString('latin1')
  if (how === 'simple') return `${text.replace(/(?:\r\n)+$/, '')}\r\n`
  const lines = text.split('\r\n').map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''))
  const kept = lines.join('\r\n').replace(/(?:\r\n)+$/, '')
  return kept === '' ? '' : `${kept}\r\n`
}

const body = fc.array(fc.constantFrom(' ', '\t', '\r\n', '\r\n', '\r', '\n', 'a', 'bc', '  ', ' \r\n', 'ä'), { maxLength: 60 }).map((parts) => Buffer.from(parts.join('')))
const cuts = fc.array(fc.integer({ min: 0, max: 80 }), { maxLength: 8 })

for (const how of ['simple', 'relaxed'] as const) {
  test(`a ${how} body is that of a plain model, however it is cut`, () => {
    fc.assert(fc.property(body, cuts, (bytes, at) => assert.equal(canonical(how, bytes, at), model(how, bytes))), { numRuns: 1000 })
  })

  test(`a long ${how} body is that of a plain model`, () => {
    const line = fc.constantFrom('x'.repeat(70_000), '\r\n'.repeat(20_000), '  '.repeat(20_000), 'ab cd \r\n'.repeat(9000), ' \t', 'end')
    fc.assert(
      fc.property(fc.array(line, { maxLength: 5 }), (parts) => {
        const bytes = Buffer.from(parts.join(''))
        assert.ok(canonical(how, bytes, [16_384, 16_385, 50_000]) === model(how, bytes))
      }),
      { numRuns: 20 },
    )
  })
}

test('the examples of RFC 6376 §3.4.5 come out as they stand there', () => {
  const bytes = Buffer.from('A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n')
  const { fields } = readHeader(bytes)
  assert.deepEqual(fields.map((field) => canonicalField(bytes, field, 'relaxed')), ['a:X\r\n', 'b:Y Z\r\n'])
  assert.deepEqual(fields.map((field) => canonicalField(bytes, field, 'simple')), ['A: X\r\n', 'B : Y\t\r\n\tZ  \r\n'])
  const text = Buffer.from(' C \r\nD \t E\r\n\r\n\r\n')
  assert.equal(canonical('relaxed', text), ' C\r\nD E\r\n')
  assert.equal(canonical('simple', text), ' C \r\nD \t E\r\n')
})

test('an empty body has the digests of RFC 6376 §3.4.3 and §3.4.4', () => {
  const digests = new BodyDigests([{ how: 'simple', limit: null }, { how: 'relaxed', limit: null }])
  digests.end()
  assert.equal(digests.digest({ how: 'simple', limit: null }).hash.toString('base64'), 'frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=')
  assert.equal(digests.digest({ how: 'relaxed', limit: null }).hash.toString('base64'), '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=')
})

test('one pass makes every digest that is needed, and l= counts canonical octets', () => {
  fc.assert(
    fc.property(body, cuts, fc.integer({ min: 0, max: 40 }), (bytes, at, limit) => {
      const needs = (['simple', 'relaxed'] as const).flatMap((how) => [{ how, limit: null }, { how, limit }])
      const digests = new BodyDigests(needs)
      let from = 0
      for (const edge of [...at.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]) {
        digests.push(bytes.subarray(from, edge))
        from = edge
      }
      digests.end()
      for (const need of needs) {
        const all = Buffer.from(model(need.how, bytes), 'latin1')
        const wanted = createHash('sha256').update(need.limit === null ? all : all.subarray(0, need.limit)).digest()
        assert.deepEqual(digests.digest(need), { hash: wanted, totalBytes: all.length })
      }
    }),
  )
})

test('fields are taken from the bottom up, and what is named once too often is nothing', () => {
  const bytes = Buffer.from('To: 1\r\nX: a\r\nTo: 2\r\nTo: 3\r\n\r\n')
  const chosen = selectFields(readHeader(bytes).fields, ['to', 'to', 'from', 'x', 'to', 'to'])
  assert.deepEqual(chosen.map((field) => canonicalField(bytes, field, 'relaxed')), ['to:3\r\n', 'to:2\r\n', 'x:a\r\n', 'to:1\r\n'])
})
