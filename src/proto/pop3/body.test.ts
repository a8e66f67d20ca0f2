import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { DotStuffer } from './dot-stuffer.ts'
import { top } from './top.ts'

/** A body of lines such as break careless code, cut anywhere. */
const part = fc.constantFrom('\r\n', '\n', '\r', '.', '..', 'a', 'b: c', '\r\n.', '\r\n\r\n')
const text = fc.array(part, { maxLength: 30 }).map((parts) => parts.join(''))
const cuts = fc.array(fc.nat(60), { maxLength: 6 })

function cut(body: string, at: readonly number[]): readonly Buffer[] {
  const bytes = Buffer.from(body)
  const places = [...new Set([0, ...at.filter((place) => place < bytes.length), bytes.length])].sort((a, b) => a - b)
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end))
}

function sent(chunks: readonly Buffer[]): string {
  const stuffer = new DotStuffer()
  const stuffed = chunks.map((chunk) => Buffer.from(stuffer.stuff(chunk)))
  return Buffer.concat(stuffed).toString() + stuffer.end()
}

/** What a client that reads lines up to LF makes of a response, and what is left over. */
function received(response: string): { readonly body: string; readonly rest: string } {
  let body = ''
  let at = 0
  for (;;) {
    const lf = response.indexOf('\n', at)
    assert.notEqual(lf, -1, 'the response ends')
    const line = response.slice(at, lf + 1)
    at = lf + 1
    if (line === '.\r\n') return { body, rest: response.slice(at) }
    body += line.startsWith('.') ? line.slice(1) : line
  }
}

async function* pulled(chunks: readonly Buffer[], taken: string[] = []): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    taken.push(chunk.toString())
    yield chunk
  }
}

async function gathered(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

test('A client gets back the octets that went in, whole, whatever the lines and however they were cut', () => {
  fc.assert(
    fc.property(text, cuts, (body, at) => {
      const { body: got, rest } = received(sent(cut(body, at)))
      assert.equal(got, body === '' || body.endsWith('\r\n') ? body : `${body}\r\n`)
      assert.equal(rest, '')
    }),
    { numRuns: 3000 },
  )
})

test('A chunk without a line that begins with a dot is passed on uncopied', () => {
  const chunk = Buffer.from('one\r\ntwo.\r\n')
  assert.equal(new DotStuffer().stuff(chunk), chunk)
})

test('TOP gives the head, the empty line and that many lines, however the message was cut', async () => {
  await fc.assert(
    fc.asyncProperty(text, cuts, fc.nat(5), async (body, at, lines) => {
      const got = await gathered(top(pulled(cut(body, at)), lines))
      const head = /^(?:[^\n]*[^\r\n][^\n]*\n|\r{2,}\n)*\r?\n/.exec(body)?.[0]
      if (head === undefined) return assert.equal(got, body)
      const rest = body.slice(head.length).match(/[^\n]*\n|[^\n]+$/g) ?? []
      assert.equal(got, head + rest.slice(0, lines).join(''))
    }),
    { numRuns: 3000 },
  )
})

test('TOP stops pulling a message when it has its lines', async () => {
  const taken: string[] = []
  await gathered(top(pulled([Buffer.from('A: b\r\n\r\none\r\n'), Buffer.from('two\r\n'), Buffer.from('three\r\n')], taken), 1))
  assert.deepEqual(taken, ['A: b\r\n\r\none\r\n'])
})
