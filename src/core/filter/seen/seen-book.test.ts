import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AccountId, OrganizationId } from '../../../base/brand.ts'
import { KNOWN_FOR_MS, KNOWN_LIST_AFTER, MAX_NOTES, REFRESH_MS, YOUNG_MS } from './limits.ts'
import { isGrown, type Seen, SeenBook } from './seen-book.ts'
import { authorKey, BEGINNING, domainKey, listIdOf, listKey } from './seen-key.ts'

const O1 = 'o1' as OrganizationId
const BUDI = authorKey({ account: 'a1' as AccountId, address: 'budi@far.example', isProven: true })
const LIST = listKey({ id: 'warga.milis.example', source: 'milis.example' })

/** A book over a memory that can be written to, with a clock. */
function opened(): { readonly book: SeenBook; readonly rows: Map<string, Seen>; readonly clock: { ms: number }; readonly asked: string[]; flush(): void } {
  const rows = new Map<string, Seen>()
  const clock = { ms: 1_000_000 }
  const asked: string[] = []
  const book = new SeenBook(async (organization, keys) => {
    asked.push(...keys)
    return new Map(keys.flatMap((key) => (rows.has(`${organization} ${key}`) ? [[key, rows.get(`${organization} ${key}`) as Seen] as const] : [])))
  }, { nowMs: () => clock.ms })
  const flush = (): void => {
    for (const { organization, key, times, atMs } of book.take()) {
      const known = rows.get(`${organization} ${key}`)
      rows.set(`${organization} ${key}`, { times: times + (known?.times ?? 0), firstMs: known?.firstMs ?? atMs, lastMs: atMs })
    }
  }
  return { book, rows, clock, asked, flush }
}

test('what was noted is known at once, is written once a day, and only to the organization that it reached', async () => {
  const { book, rows, clock, asked, flush } = opened()
  assert.equal((await book.look(O1, [BUDI])).has(BUDI), false)
  book.note(O1, [BUDI])
  assert.equal((await book.look(O1, [BUDI])).has(BUDI), true)
  assert.equal((await book.look('o2' as OrganizationId, [BUDI])).has(BUDI), false)
  flush()
  assert.deepEqual([...rows.keys()], [`o1 ${BEGINNING}`, `o1 ${BUDI}`])
  const questions = asked.length
  for (let at = 0; at < 5; at++) book.note(O1, [BUDI])
  await book.look(O1, [BUDI, BEGINNING])
  assert.deepEqual([asked.length, book.take()], [questions, []])
  clock.ms += REFRESH_MS
  book.note(O1, [BUDI])
  assert.deepEqual(book.take().map(({ key }) => key), [BEGINNING, BUDI])
})

test('messages of a list are counted until it is known', async () => {
  const { book, clock, flush } = opened()
  for (let at = 0; at < KNOWN_LIST_AFTER - 1; at++) book.note(O1, [LIST])
  flush()
  assert.equal((await book.look(O1, [LIST])).get(LIST)?.times, KNOWN_LIST_AFTER - 1)
  book.note(O1, [LIST])
  flush()
  assert.equal((await book.look(O1, [LIST])).get(LIST)?.times, KNOWN_LIST_AFTER)
  book.note(O1, [LIST])
  assert.deepEqual(book.take(), [])
  clock.ms += KNOWN_FOR_MS
  assert.equal((await book.look(O1, [LIST])).get(LIST)?.times, KNOWN_LIST_AFTER)
})

test('a flood of strangers is not noted beyond a limit, and what could not be written waits', () => {
  const { book } = opened()
  for (let at = 0; at < MAX_NOTES + 100; at++) book.note(O1, [domainKey(`d${at}.example`)])
  const notes = book.take()
  assert.equal(notes.length, MAX_NOTES)
  book.restore(notes)
  assert.equal(book.take().length, MAX_NOTES)
})

test('an organization calls nobody a stranger before it has gathered for two weeks', async () => {
  const { book, clock } = opened()
  const grown = async (): Promise<boolean> => isGrown(await book.look(O1, [BEGINNING]), clock.ms)
  assert.equal(await grown(), false)
  book.note(O1, [])
  clock.ms += YOUNG_MS - 1
  book.note(O1, [])
  assert.equal(isGrown(new Map([[BEGINNING, { times: 1, firstMs: 1_000_000, lastMs: clock.ms }]]), clock.ms), false)
  assert.equal(isGrown(new Map([[BEGINNING, { times: 1, firstMs: 1_000_000, lastMs: clock.ms }]]), clock.ms + 1), true)
})

test('an author is another one for another account, and when nothing vouches for the address', () => {
  const keys = new Set([BUDI, authorKey({ account: 'a1' as AccountId, address: 'budi@far.example', isProven: false }), authorKey({ account: 'a2' as AccountId, address: 'budi@far.example', isProven: true })])
  assert.equal(keys.size, 3)
  assert.equal(authorKey({ account: 'a1' as AccountId, address: 'BUDI@far.example', isProven: true }), BUDI)
})

test('a List-Id is what stands in its last brackets', () => {
  assert.equal(listIdOf(' Warga <palsu.example> RT 5 <Warga.Milis.example>'), 'warga.milis.example')
  for (const none of ['', 'warga.milis.example', '<>', '<warga>', '<a b.c>', `<${'a.'.repeat(200)}>`]) assert.equal(listIdOf(none), null, none)
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
    const id = listIdOf(text)
    assert.ok(id === null || (id.length <= 255 && !/[<>\s]/.test(id)))
  }))
})
