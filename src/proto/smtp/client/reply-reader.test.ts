import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { formatReply, reply, type Reply } from '../reply.ts'
import { MAX_REPLY_BYTES, MAX_REPLY_CHARS, MAX_REPLY_LINES } from './limits.ts'
import { ReplyReader, type ReadLine } from './reply-reader.ts'

/** What the last of these lines came to. */
function read(...lines: readonly string[]): ReadLine {
  const reader = new ReplyReader()
  let last: ReadLine = 'more'
  for (const line of lines) {
    assert.equal(last, 'more')
    last = reader.push(Buffer.from(line, 'latin1'))
  }
  return last
}

test('a reply is code, status and text', () => {
  assert.deepEqual(read('250 2.1.5 Ok'), { code: 250, status: '2.1.5', text: 'Ok' })
  assert.deepEqual(read('250'), { code: 250, status: null, text: '' })
  assert.deepEqual(read('250 '), { code: 250, status: null, text: '' })
  assert.deepEqual(read('354 Go on'), { code: 354, status: null, text: 'Go on' })
  assert.deepEqual(read('550-5.7.1 Not', '550-5.7.1', '550 5.7.1 here'), { code: 550, status: '5.7.1', text: 'Not\n\nhere' })
  assert.deepEqual(read('550-Not', '550-5.7.1 here', '550 5.1.1 at all'), { code: 550, status: '5.7.1', text: 'Not\nhere\nat all' })
})

test('an enhanced status of another class is text', () => {
  assert.deepEqual(read('550 4.7.1 Later'), { code: 550, status: null, text: '4.7.1 Later' })
  assert.deepEqual(read('250 2.1234.5 Ok'), { code: 250, status: null, text: '2.1234.5 Ok' })
  assert.deepEqual(read('250 2.0.0Ok'), { code: 250, status: null, text: '2.0.0Ok' })
})

test('lines that differ within a class are one reply, and the last code counts', () => {
  assert.deepEqual(read('550-Not', '554 here'), { code: 554, status: null, text: 'Not\nhere' })
  assert.equal(read('250-Yes', '550 No'), 'broken')
  assert.equal(read('550-No', '250 Yes'), 'broken')
})

test('what is no reply is broken', () => {
  for (const line of ['', '2', '25', '250x', '199 Ok', '600 Ok', '000 Ok', '25O Ok', ' 250 Ok', 'HTTP/1.1 200', '+OK', '* OK', '2500 Ok', '250\tOk', '٢٥٠ Ok']) {
    assert.equal(read(line), 'broken', line)
  }
})

test('text may be UTF-8 or Latin-1, and holds no controls', () => {
  assert.deepEqual(new ReplyReader().push(Buffer.from('550 Überlauf \u202egnp.exe')), { code: 550, status: null, text: 'Überlauf ?gnp.exe' })
  assert.deepEqual(read('550 \xdcberlauf\x1b[2J\0'), { code: 550, status: null, text: 'Überlauf?[2J?' })
})

test('a reply without end is broken', () => {
  const many = new ReplyReader()
  for (let line = 0; line < MAX_REPLY_LINES; line++) assert.equal(many.push(Buffer.from('250-x')), 'more')
  assert.equal(many.push(Buffer.from('250-x')), 'broken')
  const long = new ReplyReader()
  const line = Buffer.from(`250-${'x'.repeat(4000)}`)
  let last: ReadLine = 'more'
  let bytes = 0
  for (; last === 'more' && bytes < 1024 * 1024; bytes += line.length) last = long.push(line)
  assert.equal(last, 'broken')
  assert.ok(bytes <= MAX_REPLY_BYTES + line.length)
})

test('the text kept is bounded', () => {
  const read = new ReplyReader()
  for (let line = 0; line < 10; line++) read.push(Buffer.from(`250-${'ä'.repeat(1000)}`))
  const last = read.push(Buffer.from('250 end'))
  assert.ok(typeof last === 'object' && last.text.length === MAX_REPLY_CHARS)
})

test('any bytes are a reply, a part of one, or broken, and after either a new reply begins', () => {
  const piece = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.string({ maxLength: 20 }).map((text) => Buffer.from(`250${text}`)), fc.constant(Buffer.from('250-x')))
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (lines) => {
      const reader = new ReplyReader()
      let last: ReadLine = 'broken'
      for (const line of lines) {
        last = reader.push(line)
        if (typeof last !== 'object') continue
        assert.ok(last.code >= 200 && last.code < 600)
        assert.doesNotMatch(last.text, /[\0-\t\v-\x1f]/)
      }
      if (last !== 'more') assert.deepEqual(reader.push(Buffer.from('250 2.0.0 Ok')), { code: 250, status: '2.0.0', text: 'Ok' })
    }),
  )
})

test('what our server says our client understands', () => {
  const text = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ' ', '.', '5'), maxLength: 600 }).map((line) => `x${line.trimEnd()}`), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), fc.boolean(), text, (code, enhanced, lines) => {
      const status = enhanced && code !== 354 && !(code >= 300 && code < 400) ? `${Math.floor(code / 100)}.7.1` : null
      const said: Reply = reply(code, status, lines.join('\n'))
      const reader = new ReplyReader()
      const heard = formatReply(said).split('\r\n').slice(0, -1).map((line) => reader.push(Buffer.from(line))).at(-1)
      assert.ok(typeof heard === 'object')
      assert.equal(heard.code, code)
      assert.equal(heard.status, status)
      assert.equal(heard.text.replace(/\s/g, ''), said.text.replace(/\s/g, ''))
    }),
  )
})
