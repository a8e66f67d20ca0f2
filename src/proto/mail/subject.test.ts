import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { baseSubject } from './subject.ts'
import { threadKeys } from './thread-key.ts'

describe('base subjects', () => {
  const vectors = [
    ['Halo', 'Halo', false], ['Re: Halo', 'Halo', true], ['RE: FW: re : Fwd: Halo', 'Halo', true], ['Re: [list] Re: Halo', 'Halo', true],
    ['[list] Halo', 'Halo', false],
    ['[a] [b] Re: Halo', 'Halo', true], ['Re[2]: Halo', 'Halo', true], ['Re [2] : Halo', 'Halo', true], ['Halo (fwd)', 'Halo', true],
    ['Halo (FWD) (fwd) ', 'Halo', true],
    ['[Fwd: Halo]', 'Halo', true], ['[fwd: Re: [Fwd: Halo (fwd)]]', 'Halo', true], ['[tag]', '[tag]', false], ['[a] [b]', '[b]', false],
    ['Re: [tag]', '[tag]', true],
    ['', '', false], ['Re:', '', true], ['(fwd)', '', true], ['Regarding: x', 'Regarding: x', false], ['  a \t b ', 'a b', false],
    ['=?utf-8?Q?Re:_Halo?=', 'Halo', true],
    ['Re: [unclosed', '[unclosed', true], ['[fwd:]', '', true], ['Re: a Re: b', 'a Re: b', true], ['fw: fwd: x', 'x', true],
    ['[x]y', 'y', false],
  ] as const
  for (const [subject, base, isReply] of vectors) {
    test(`${JSON.stringify(subject)} is about ${JSON.stringify(base)}`, () => assert.deepEqual(baseSubject(subject), { base, isReply }))
  }

  test('the base of a base is itself', () => {
    const piece = fc.constantFrom('re:', 'fw', 'fwd', ':', '[', ']', '[x]', ' ', '(fwd)', '[fwd:', 'a', 'é', '[2]')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const { base } = baseSubject(pieces.join(''))
        assert.deepEqual(baseSubject(base).base, base)
      }),
      { numRuns: 3000 },
    )
  })

  test('long hostile subjects are read to their end', () => {
    const units = ['[a]', '[', 're:', '[fwd:', '(fwd)', 're[a]', '[a]re', ' ', '[re:', '=?a?q?']
    for (const unit of units) assert.equal(typeof baseSubject(unit.repeat(50_000)).base, 'string')
  })
})

describe('thread keys', () => {
  const first = threadKeys({ messageId: '1@b', references: [], subject: 'Halo' })

  test('an answer shares a key with what it answers', () => {
    const answer = threadKeys({ messageId: '2@b', references: ['1@b'], subject: 'Re: HALO' })
    assert.equal(answer.length, 2)
    assert.equal(answer[1], first[0])
    assert.match(first[0] ?? '', /^[A-Za-z0-9_-]{22}$/)
  })

  test('another subject under the same reference shares none', () => {
    assert.ok(!threadKeys({ messageId: '2@b', references: ['1@b'], subject: 'Lain' }).includes(first[0] ?? ''))
  })

  test('a message without an id has the keys of its references, each once', () => {
    assert.equal(threadKeys({ messageId: null, references: ['1@b', '1@b'], subject: null }).length, 1)
    assert.deepEqual(threadKeys({ messageId: null, references: [], subject: 'x' }), [])
  })

  test('of many references the first and the last ten count', () => {
    const references = Array.from({ length: 50 }, (_, at) => `${at}@b`)
    const keys = threadKeys({ messageId: 'own@b', references, subject: 'Halo' })
    assert.equal(keys.length, 21)
    const single = (id: string): string => threadKeys({ messageId: id, references: [], subject: 'Halo' })[0] ?? ''
    assert.ok(
      keys.includes(single('0@b')) && keys.includes(single('9@b')) && keys.includes(single('49@b')) && !keys.includes(single('10@b')),
    )
  })
})
