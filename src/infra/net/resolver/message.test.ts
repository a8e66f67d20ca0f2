import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode, encode } from 'dns-packet'
import type { Answer } from 'dns-packet'
import fc from 'fast-check'
import { EDNS_BYTES, MAX_POINTERS, MAX_RECORDS } from './limits.ts'
import { isTruncated, ownershipOf, readReply, writeQuestion } from './message.ts'
import { isWithin, mixCase, queryName, readName } from './name.ts'
import { A, AAAA, CAA, CNAME, MX, PTR, SOA, SRV, TLSA, TXT } from './record.ts'

const KINDS = [A, AAAA, CAA, CNAME, MX, PTR, SRV, TLSA, TXT]
const hostLabel = fc.stringMatching(/^[a-z0-9_-]{1,12}$/)
const hostName = fc.array(hostLabel, { minLength: 1, maxLength: 6 }).map((labels) => labels.join('.'))

/** A name on the wire. */
function wire(...labels: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat([...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])), Buffer.from([0])])
}

/** A message of one answer record, its owner the question's name. */
function messageOf(type: number, data: Buffer): Buffer {
  const question = writeQuestion({ id: 7, name: 'a.test', type: 'A', dnssec: false, edns: false })
  question.writeUInt16BE(0x8180, 2)
  question.writeUInt16BE(1, 6)
  const frame = Buffer.from([0xc0, 12, type >> 8, type & 255, 0, 1, 0, 0, 0, 60, data.length >> 8, data.length & 255])
  return Buffer.concat([question, frame, data])
}

test('a question is what dns-packet reads in it', () => {
  fc.assert(fc.property(hostName, fc.nat(65_535), fc.boolean(), fc.boolean(), (name, id, dnssec, edns) => {
    const read = decode(writeQuestion({ id, name, type: 'TLSA', dnssec, edns }))
    assert.deepEqual([read.flag_cd, decode(writeQuestion({ id, name, type: 'TLSA', dnssec, edns, unchecked: true })).flag_cd], [false, true])
    assert.deepEqual([read.id, read.type, read.flag_rd, read.flag_ad, read.questions], [id, 'query', true, dnssec, [{ name, type: 'TLSA', class: 'IN' }]])
    const [opt] = read.additionals ?? []
    assert.equal(opt?.type === 'OPT', edns)
    if (opt?.type === 'OPT') assert.deepEqual([opt.udpPayloadSize, opt.flag_do, opt.ednsVersion], [EDNS_BYTES, dnssec, 0])
  }))
})

const record: fc.Arbitrary<Answer> = fc.oneof(
  fc.record({ type: fc.constant('A' as const), data: fc.ipV4() }),
  fc.record({ type: fc.constantFrom('CNAME' as const, 'PTR' as const), data: hostName }),
  fc.record({ type: fc.constant('MX' as const), data: fc.record({ preference: fc.nat(65_535), exchange: hostName }) }),
  fc.record({ type: fc.constant('SRV' as const), data: fc.record({ priority: fc.nat(9), weight: fc.nat(9), port: fc.nat(65_535), target: hostName }) }),
  fc.record({ type: fc.constant('TXT' as const), data: fc.array(fc.string({ maxLength: 60 }).map((text) => Buffer.from(text)), { minLength: 1, maxLength: 5 }) }),
  fc.record({
    type: fc.constant('CAA' as const),
    data: fc.record({ flags: fc.constantFrom(0, 128), tag: fc.constantFrom('issue' as const, 'issuewild' as const, 'iodef' as const), value: fc.string({ maxLength: 60 }) }),
  }),
  fc.record({
    type: fc.constant('TLSA' as const),
    data: fc.record({
      usage: fc.nat(255), selector: fc.nat(255), matchingType: fc.nat(255), certificate: fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    }),
  }),
).chain((body) => fc.record({ name: hostName, ttl: fc.nat(100_000) }).map((head) => ({ ...head, ...body }) as Answer))

/** What dns-packet gave in, as our reader should give it out. */
function expected(answer: Answer): unknown {
  switch (answer.type) {
    case 'TXT':
      return Buffer.concat(answer.data as Buffer[]).toString('latin1')
    case 'CAA':
      return { critical: answer.data.flags === 128, tag: answer.data.tag, value: Buffer.from(answer.data.value).toString('latin1') }
    case 'TLSA': {
      const { usage, selector, matchingType, certificate } = answer.data
      return { usage, selector, matchingType, data: Uint8Array.from(certificate) }
    }
    case 'MX':
    case 'SRV':
      return { ...answer.data }
    default:
      return 'data' in answer ? answer.data : null
  }
}

test('what dns-packet writes is what we read', () => {
  fc.assert(fc.property(fc.array(record, { maxLength: 12 }), fc.array(record, { maxLength: 3 }), fc.constantFrom(0, 2, 3, 5), (answers, authorities, rcode) => {
    const bytes = encode({ type: 'response', id: 1, flags: rcode | 0x20, questions: [{ type: 'A', name: 'q.test' }], answers, authorities })
    const reply = readReply(bytes)
    assert.ok(reply !== null)
    assert.deepEqual([reply.rcode, reply.authentic, reply.authorities.length], [rcode, true, authorities.length])
    assert.deepEqual(
      reply.answers.map(({ owner, ttlMs, type, from, to }) => [owner, ttlMs, KINDS.find(({ code }) => code === type)?.read(bytes, from, to)]),
      answers.map((answer) => [answer.name, ('ttl' in answer ? (answer.ttl ?? 0) : 0) * 1000, expected(answer)]),
    )
  }))
})

test('compressed names are read, in owners and in data', () => {
  const reply = readReply(messageOf(15, Buffer.from([0, 10, 2, 0x6d, 0x78, 0xc0, 12])))
  const [mx] = reply?.answers ?? []
  assert.ok(reply && mx)
  assert.equal(mx.owner, 'a.test')
  assert.deepEqual(MX.read(reply.bytes, mx.from, mx.to), { preference: 10, exchange: 'mx.a.test' })
})

test('a label is never taken for more than one, nor for a host name when it is none', () => {
  assert.equal(readName(wire('a.b', 'test'), 0)?.name, 'a\\046b.test')
  assert.equal(readName(wire('a\\b', Buffer.from([0, 255]), 'TEST'), 0)?.name, 'a\\092b.\\000\\255.test')
  assert.equal(readName(wire(), 0)?.name, '')
  assert.equal(queryName('a\\046b.test'), null)
})

test('names that run in circles, forward, too deep, too long or out of the message are no names', () => {
  const bad: readonly (readonly [Buffer, number])[] = [
    [Buffer.from([0xc0, 0]), 0],
    [Buffer.from([0, 0xc0, 1]), 1],
    [Buffer.from([1, 0x61, 0xc0, 0]), 0],
    [Buffer.from([0xc0, 2, 0]), 0],
    [Buffer.from([0xc0]), 0],
    [Buffer.from([5, 0x61]), 0],
    [Buffer.from([1, 0x61]), 0],
    [Buffer.from([0x40, 0x61, 0]), 0],
    [Buffer.from([0x80, 0x61, 0]), 0],
    [wire(...Array.from({ length: 5 }, () => 'x'.repeat(60))), 0],
    [Buffer.alloc(0), 0],
  ]
  for (const [bytes, at] of bad) assert.equal(readName(bytes, at), null, bytes.toString('hex'))
  assert.equal(readName(wire(...Array.from({ length: 127 }, () => 'x')), 0)?.name.length, 253)
  assert.equal(readName(wire(...Array.from({ length: 128 }, () => 'x')), 0), null)
})

test('a name may point backwards so often and no more', () => {
  const chain = (count: number): Buffer => Buffer.concat([Buffer.from([0, 0]), ...Array.from({ length: count }, (_, at) => Buffer.from([0xc0, at * 2]))])
  assert.equal(readName(chain(MAX_POINTERS), MAX_POINTERS * 2)?.name, '')
  assert.equal(readName(chain(MAX_POINTERS + 1), MAX_POINTERS * 2 + 2), null)
})

test('any bytes are read without an exception, and what is read lies within them', () => {
  const header = fc.tuple(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }))
    .map(([head, counts]) => Buffer.concat([head, ...counts.map((count) => Buffer.from([0, count]))]))
  const noisy = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.tuple(header, fc.uint8Array({ maxLength: 300 })).map((parts) => Buffer.concat(parts)),
    fc.tuple(fc.array(record, { maxLength: 5 }), fc.array(fc.tuple(fc.nat(500), fc.nat(255)), { maxLength: 6 })).map(([answers, spots]) => {
      const bytes = encode({ type: 'response', id: 1, questions: [{ type: 'A', name: 'q.test' }], answers })
      for (const [at, value] of spots) bytes[at % bytes.length] = value
      return bytes
    }),
  )
  const question = writeQuestion({ id: 0x100, name: 'q.test', type: 'A', dnssec: false, edns: true })
  fc.assert(fc.property(noisy, (bytes) => {
    ownershipOf(bytes, question)
    if (bytes.length >= 12) isTruncated(bytes)
    const reply = readReply(bytes)
    for (const { from, to } of [...(reply?.answers ?? []), ...(reply?.authorities ?? [])]) {
      assert.ok(from <= to && to <= bytes.length)
      for (const { read } of KINDS) read(bytes, from, to)
      SOA.minimumMs(bytes, from, to)
    }
  }), { numRuns: 2_000 })
})

test('record data that is too short, too long or leaves its place is none', () => {
  const bad: readonly (readonly [{ readonly read: (bytes: Buffer, from: number, to: number) => unknown }, readonly number[]])[] = [
    [A, [1, 2, 3]], [A, [1, 2, 3, 4, 5]], [AAAA, Array(15).fill(0)], [MX, [0, 10]], [MX, [0, 10, 0, 0]], [SRV, [0, 0, 0, 0, 0, 0]], [CNAME, []], [CNAME, [1, 97]],
    [TLSA, [3, 1, 1]], [TXT, []], [TXT, [5, 97]], [PTR, [0, 0]],
  ]
  for (const [kind, data] of bad) assert.equal(kind.read(Buffer.from(data), 0, data.length), null, String(data))
  const followed = Buffer.from([1, 97, 0, 0]) // The name would end behind its place.
  assert.equal(CNAME.read(followed, 0, 2), null)
})

test('a message with more records than any has is refused before they are read', () => {
  const bytes = messageOf(1, Buffer.from([192, 0, 2, 1]))
  assert.notEqual(readReply(bytes), null)
  const many = Buffer.concat([bytes, ...Array.from({ length: MAX_RECORDS }, () => bytes.subarray(-16))])
  many.writeUInt16BE(MAX_RECORDS, 6)
  assert.equal(readReply(many)?.answers.length, MAX_RECORDS)
  many.writeUInt16BE(MAX_RECORDS + 1, 6)
  assert.equal(readReply(many), null)
  many.writeUInt16BE(MAX_RECORDS, 6)
  many.writeUInt16BE(1, 8)
  assert.equal(readReply(many), null)
})

test('a message of pointers costs as much as it is long', () => {
  // Each owner points to the pointer before it: read without a limit, 1,024 names of 1,024 steps each.
  const pointers = Buffer.alloc(16_000)
  for (let at = 2; at < pointers.length; at += 2) pointers.writeUInt16BE(0xc000 | (at - 2), at)
  assert.equal(readName(pointers, 15_998), null)
})

test('an answer belongs to the question only with its id, name, type, class and as an answer', () => {
  const question = writeQuestion({ id: 0x1234, name: 'A.tEst', type: 'A', dnssec: false, edns: true })
  const answer = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(question)
    bytes.writeUInt16BE(0x8180, 2)
    change(bytes)
    return bytes
  }
  const cases: readonly (readonly [string, (bytes: Buffer) => void])[] = [
    ['ours', () => {}],
    ['foreign', (bytes) => bytes.writeUInt16BE(0x1235, 0)],
    ['foreign', (bytes) => bytes.writeUInt16BE(0x0180, 2)],
    ['foreign', (bytes) => bytes.writeUInt16BE(0xa180, 2)],
    ['foreign', (bytes) => bytes.writeUInt16BE(2, 4)],
    ['foreign', (bytes) => bytes.writeUInt16BE(0, 4)],
    ['ours', (bytes) => bytes.writeUInt16BE(0, 4) + bytes.writeUInt16BE(0x8181, 2)],
    ['foreign', (bytes) => bytes.writeUInt16BE(28, 20)],
    ['foreign', (bytes) => bytes.writeUInt16BE(3, 22)],
    ['foreign', (bytes) => bytes.write('b', 13)],
    ['wrong-case', (bytes) => bytes.write('a', 13)],
  ]
  for (const [whose, change] of cases) assert.equal(ownershipOf(answer(change), question), whose, String(change))
  assert.equal(ownershipOf(Buffer.alloc(3), question), 'foreign')
  assert.equal(ownershipOf(answer(() => {}).subarray(0, 20), question), 'foreign')
})

test('the upper bits of the code and the reason behind it are read from EDNS', () => {
  const option = { code: 15, data: Buffer.from([0, 6, 0x62]) }
  const opt = { type: 'OPT', name: '.', udpPayloadSize: 1232, extendedRcode: 1, ednsVersion: 0, flags: 0, flag_do: false, options: [option] } as unknown as Answer
  const reply = readReply(encode({ type: 'response', id: 1, flags: 0, questions: [{ type: 'A', name: 'q.test' }], additionals: [opt] }))
  assert.deepEqual([reply?.rcode, reply?.extendedError], [16, 6])
})

test('names to ask for are small, without the last dot, and nothing but printable ASCII', () => {
  assert.equal(queryName('MX.Example.TEST.'), 'mx.example.test')
  assert.equal(queryName('0/26.2.0.192.in-addr.arpa'), '0/26.2.0.192.in-addr.arpa')
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
    const name = queryName(text)
    if (name === null) return
    assert.equal(queryName(name), name)
    assert.deepEqual(readName(wire(...name.split('.')), 0)?.name, name)
    assert.equal(mixCase(name).toLowerCase(), name)
  }))
})

test('a name lies within its ancestors and in no other', () => {
  assert.deepEqual([isWithin('a.b', 'b'), isWithin('a.b', 'a.b'), isWithin('a.b', ''), isWithin('ab', 'b'), isWithin('b', 'a.b')], [true, true, true, false, false])
})

test('CAA data that breaks off, or has a tag of no letters, is none', () => {
  const read = (data: Buffer): unknown => {
    const [found] = readReply(messageOf(257, data))?.answers ?? []
    assert.ok(found !== undefined)
    return CAA.read(messageOf(257, data), found.from, found.to)
  }
  assert.deepEqual(read(Buffer.concat([Buffer.from([0x80, 5]), Buffer.from('Issue;')])), { critical: true, tag: 'issue', value: ';' })
  for (const data of [Buffer.from([]), Buffer.from([0]), Buffer.from([0, 5, 0x69]), Buffer.from([0, 0, 0x69]), Buffer.from([0, 1, 0x2e])]) assert.equal(read(data), null)
})
