import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { readAuthors } from '../../src/proto/mail/authors.ts'
import { indexMessage } from '../../src/proto/mail/mime-index.ts'
import type { Part } from '../../src/proto/mail/part.ts'
import { runWell } from '../support/program.ts'

const SCRIPT = fileURLToPath(new URL('./readers.py', import.meta.url))
/** Which values are tried: the same each time, because Python differs from version to version. */
const SEED = Number(process.env['MERPATI_SEED'] ?? 1)

/** What Python makes of each value. */
async function python<T>(what: 'authors' | 'structure', values: readonly string[]): Promise<readonly T[]> {
  const { stdout } = await runWell('python3', [SCRIPT, what], { input: JSON.stringify(values) })
  return JSON.parse(stdout) as readonly T[]
}

/** Without quotes and blanks, in lower case. */
function plain(address: string): string {
  return address.replace(/^"(.*)"@/s, (_, local: string) => `${local.replace(/\\(.)/gs, '$1')}@`).toLowerCase().replace(/\s/g, '')
}

test("what we read as a From's authors holds every author that two readers of Python see", async () => {
  const pieces = [
    ...['ani', 'boss', '@', '@h.example', '.', '<', '>', ',', ';', ':', '"', '\\', '(', ')', ' ', '\t', '[', ']', '%', '!', '='],
    ...['ani@home.example', '<ani@home.example>', 'boss@bank.example', '"x y"', '(c)', '[192.0.2.1]', '=?utf-8?q?boss=40bank.example?='],
  ]
  const text = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 8 }).map((each) => each.join(''))
  const texts = fc.sample(text, { numRuns: 60_000, seed: SEED }).filter((each) => (readAuthors(each) ?? []).length > 0)
  assert.ok(texts.length > 500)
  const theirs = await python<readonly [readonly string[], readonly string[]]>('authors', texts)
  for (const [i, each] of texts.entries()) {
    const ours = new Set((readAuthors(each) ?? []).map(plain))
    const missed = (theirs[i] ?? []).flat().filter((address) => address.includes('@') && !ours.has(plain(address)))
    assert.deepEqual(missed, [], JSON.stringify(each))
  }
})

/** A well-formed message; boundaries are beginnings of one another, as broken readers confuse them. */
const message: fc.Arbitrary<(depth: number) => string> = fc.letrec<{ entity: (depth: number) => string }>((tie) => {
  const line = fc.constantFrom('text', '', '-', '--', '--x', '.', 'From: nobody', '--b', '- --b')
  const lines = fc.array(line, { maxLength: 4 }).map((each) => each.map((one) => `${one}\r\n`).join(''))
  const fold = fc.constantFrom(' ', '\r\n ', '\r\n\t')
  const leaf = fc.tuple(fc.constantFrom('text/plain', 'TEXT/Html', 'image/png'), fold, lines).map(([type, space, body]) => () => `Content-Type:${space}${type}; a=b\r\n\r\n${body}`)
  const bare = lines.map((body) => () => `\r\n${body}`)
  const embedded = tie('entity').map((inner) => (depth: number) => `Content-Type: message/rfc822\r\n\r\n${inner(depth + 1)}`)
  const blank = fc.constantFrom('', ' ', '\t', '  \t')
  const many = fc.tuple(fc.constantFrom('mixed', 'alternative', 'related'), fc.array(tie('entity'), { minLength: 1, maxLength: 4 }), fold, blank, lines, lines)
  const multipart = many.map(([kind, parts, space, end, before, after]) => (depth: number) => {
    const boundary = 'b'.repeat(depth + 3)
    const body = parts.map((part) => `--${boundary}${end}\r\n${part(depth + 1)}\r\n`).join('')
    return `Content-Type: multipart/${kind};${space}boundary="${boundary}"\r\n\r\n${before}${body}--${boundary}--${end}\r\n${after}`
  })
  return { entity: fc.oneof({ maxDepth: 4, depthSize: 'small' }, leaf, bare, embedded, multipart) }
}).entity


function outline(part: Part, depth = 0): readonly (readonly [number, string])[] {
  return [[depth, `${part.type}/${part.subtype}`], ...part.children.flatMap((child) => outline(child, depth + 1))]
}

test('well-formed messages have the structure that Python sees in them', async () => {
  const messages = fc.sample(message, { numRuns: 3_000, seed: SEED }).map((make) => Buffer.from(make(0)))
  assert.ok(messages.some((bytes) => outline(indexMessage(bytes).root).length > 10))
  const theirs = await python<readonly (readonly [number, string])[]>('structure', messages.map((bytes) => bytes.toString('base64')))
  for (const [i, bytes] of messages.entries()) assert.deepEqual(outline(indexMessage(bytes).root), theirs[i], JSON.stringify(bytes.toString()))
})
