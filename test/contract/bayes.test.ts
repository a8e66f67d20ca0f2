import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AccountId, MessageId, OrganizationId } from '../../src/base/brand.ts'
import { setAccountState } from '../../src/core/account/sql.ts'
import { Learned } from '../../src/core/filter/bayes/learned.ts'
import { MAX_SCOPE_TOKENS, MAX_VOTES_PER_HOUR } from '../../src/core/filter/bayes/limits.ts'
import { packTokens } from '../../src/core/filter/bayes/pack.ts'
import { sqlLearned } from '../../src/core/filter/bayes/sql-learned.ts'
import { forgetAccount, learnAlone, type PackedVote, purgeVotes, train } from '../../src/core/filter/bayes/sql-vote.ts'
import type { TokenTable } from '../../src/core/filter/bayes/token-table.ts'
import type { Judgement } from '../../src/core/mailbox/judged.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { write } from '../../src/infra/db/transaction.ts'
import { countsOf } from '../support/bayes.ts'
import { openTestDatabase } from '../support/database.ts'
import { makeHome, makePerson, NOW_MS, type Person } from '../support/people.ts'

const EMPTY = '0 spam, 0 ham, 0 tokens'
const HALF_LIFE_MS = 180 * 24 * 3_600_000

/** Distinct tokens of small numbers, so that messages share some; both halves use their highest bit. */
const tokensOf = (numbers: readonly number[]): Uint32Array => Uint32Array.from([...new Set(numbers)].flatMap((number) => [number * 0x2000_0001, 0xffff_ffff - number]))

function vote(person: Person, message: string, said: Judgement, numbers: readonly number[], atMs = NOW_MS): PackedVote {
  const { organization, account } = person
  return { organization, account, message: message as MessageId, said, sender: { address: 'promo@shop.example', domain: null }, signature: '', atMs, tokens: packTokens(tokensOf(numbers)) }
}

async function people(db: Database, count: number): Promise<readonly Person[]> {
  const home = await makeHome(db)
  const made: Person[] = []
  for (let i = 0; i < count; i++) made.push(await makePerson(db, home, `person${i}`))
  return made
}

const countsIn = (table: TokenTable | null, number: number) => table?.countsOf(tokensOf([number])[0] ?? 0, tokensOf([number])[1] ?? 0)

const learn = (db: Database, ...votes: readonly PackedVote[]): Promise<void> => db.write(train, { votes, position: '0:1' })

test('a message is learned once, taken back exactly, and learned again', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const [ani] = await people(db, 1)
  assert.ok(ani)
  await learn(db, vote(ani, 'm1', 'not-junk', [1, 2, 3]))
  const before = await countsOf(db, ani)
  assert.match(before, /^0 spam, 1 ham, 3 tokens\n/)
  for (const said of ['junk', 'junk'] as const) await learn(db, vote(ani, 'm2', said, [3, 4, 5, 6]))
  const learned = await countsOf(db, ani)
  assert.match(learned, /^1 spam, 1 ham, 6 tokens\n/)
  for (const said of ['not-junk', 'not-junk'] as const) await learn(db, vote(ani, 'm2', said, [3, 4, 5, 6]))
  assert.equal(await countsOf(db, ani), before)
  await learn(db, vote(ani, 'm2', 'junk', [3, 4, 5, 6]))
  assert.equal(await countsOf(db, ani), learned)
})

test('whatever two people say, in whatever order, taking it back leaves the counts of before, and no one changes another\'s', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const persons = await people(db, 4)
  const said = fc.record({
    who: fc.nat(3),
    message: fc.nat(5),
    said: fc.constantFrom<Judgement>('junk', 'not-junk'),
    halfLives: fc.nat(3),
  })
  const texts = fc.array(fc.array(fc.nat(30), { minLength: 1, maxLength: 12 }), { minLength: 6, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(fc.array(said, { maxLength: 25 }), texts, async (sayings, numbers) => {
      const everybody = await countsOf(db)
      const standing = new Map<string, { said: Judgement; learned: boolean }>()
      for (const [i, each] of sayings.entries()) {
        // Hours differ, so that nobody says too much in one.
        const atMs = NOW_MS + each.halfLives * HALF_LIFE_MS + i * 3_600_000
        await learn(db, vote(persons[each.who] as Person, `m${each.message}`, each.said, numbers[each.message] ?? [], atMs))
        const key = `${each.who} ${each.message}`
        const before = standing.get(key)
        if (before?.said !== each.said) standing.set(key, { said: each.said, learned: before?.learned !== true })
      }
      for (const [key, { said: last, learned }] of standing) {
        const [who, message] = key.split(' ').map(Number)
        const back = last === 'junk' ? 'not-junk' : 'junk'
        if (learned) await learn(db, vote(persons[who ?? 0] as Person, `m${message}`, back, numbers[message ?? 0] ?? [], NOW_MS + 100 * 3_600_000))
      }
      for (const person of persons) assert.equal(await countsOf(db, person), EMPTY)
      assert.equal(await countsOf(db), everybody)
      for (const { organization, account } of persons) while ((await db.write(forgetAccount, { organization, account })) === 'more');
    }),
    { numRuns: 15 },
  )
})

test('everybody learns only from organizations in which three have voted, and unlearns with them', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const [ani, budi, cici] = await people(db, 3)
  assert.ok(ani && budi && cici)
  await learn(db, vote(ani, 'm1', 'junk', [1, 2]), vote(budi, 'm1', 'junk', [1, 2]))
  assert.equal(await countsOf(db), EMPTY)
  await learn(db, vote(cici, 'm1', 'junk', [1, 2]), vote(ani, 'm2', 'junk', [2, 3]))
  assert.match(await countsOf(db), /^2 spam, 0 ham, 3 tokens\n/)
  assert.match(await countsOf(db, budi), /^1 spam, 0 ham, 2 tokens\n/)
  await learn(db, vote(cici, 'm1', 'not-junk', [1, 2]), vote(ani, 'm2', 'not-junk', [2, 3]))
  assert.equal(await countsOf(db), EMPTY)
})

test('an account that is removed takes all with it that it taught', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const [ani, budi, cici] = await people(db, 3)
  assert.ok(ani && budi && cici)
  await learn(db, vote(ani, 'm1', 'junk', [1]), vote(budi, 'm1', 'junk', [1]), vote(cici, 'm2', 'junk', [7, 8]))
  const before = await countsOf(db)
  for (let i = 0; i < 9; i++) await learn(db, vote(budi, `m${10 + i}`, 'junk', [i, i + 1]))
  while ((await db.write(forgetAccount, budi)) === 'more');
  assert.equal(await countsOf(db), before)
  assert.equal(await countsOf(db, budi), EMPTY)
})

test('nothing is learned from an account that is suspended, or says more than 500 things in an hour', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const [ani, budi] = await people(db, 2)
  assert.ok(ani && budi)
  await db.write(setAccountState, { id: budi.account, state: 'suspended' })
  await learn(db, vote(budi, 'm1', 'junk', [1]))
  assert.equal(await countsOf(db, budi), EMPTY)
  await learn(db, ...Array.from({ length: MAX_VOTES_PER_HOUR + 5 }, (_, i) => vote(ani, `m${i}`, 'junk', [1, 2])))
  assert.match(await countsOf(db, ani), new RegExp(`^${MAX_VOTES_PER_HOUR} spam, `))
  await learn(db, vote(ani, 'later', 'junk', [1, 2], NOW_MS + 3_600_000))
  assert.match(await countsOf(db, ani), new RegExp(`^${MAX_VOTES_PER_HOUR + 1} spam, `))
})

test('what is learned half a year later counts twice as much', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const [ani] = await people(db, 1)
  assert.ok(ani)
  await learn(db, vote(ani, 'm1', 'junk', [1]), vote(ani, 'm2', 'not-junk', [1], NOW_MS + HALF_LIFE_MS))
  assert.match(await countsOf(db, ani), /^1 spam, 2 ham, 1 tokens\n-?\d+ 1 2$/)
  const { account } = await new Learned(sqlLearned(db), { nowMs: () => NOW_MS + HALF_LIFE_MS }).of(ani)
  assert.deepEqual([account?.spam, account?.ham], [0.5, 1])
})

const OVER = statement<{ account: string }>(`UPDATE bayes_scope SET tokens = tokens + ${MAX_SCOPE_TOKENS} WHERE account = $account`)
const overfill = write('test.overfill', function* (tx, args: { readonly account: string }) {
  yield* tx.run(OVER, args)
})

test('a scope that is full forgets its oldest messages', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const [ani] = await people(db, 1)
  assert.ok(ani)
  for (let i = 0; i < 6; i++) await learn(db, vote(ani, `m${i}`, 'junk', [i], NOW_MS + i))
  await db.write(overfill, { account: ani.account })
  await learn(db, vote(ani, 'm9', 'junk', [9], NOW_MS + 9))
  assert.match(await countsOf(db, ani), /^3 spam, 0 ham, /)
  assert.equal((await countsOf(db, ani)).split('\n').length, 4)
  // What was forgotten is not unlearned a second time.
  await learn(db, vote(ani, 'm0', 'not-junk', [0], NOW_MS + 10))
  assert.match(await countsOf(db, ani), /^3 spam, 0 ham, /)
})

test('what the filter taught itself gives way to what a person says, and is not taught again', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const [ani] = await people(db, 1)
  assert.ok(ani)
  const alone = { votes: [{ message: 'm1' as MessageId, class: 'spam' as const, atMs: NOW_MS, tokens: packTokens(tokensOf([1, 2])) }] }
  for (let i = 0; i < 2; i++) await db.write(learnAlone, alone)
  assert.match(await countsOf(db), /^1 spam, 0 ham, 2 tokens\n/)
  await learn(db, vote(ani, 'm1', 'not-junk', [1, 2]))
  assert.equal(await countsOf(db), EMPTY)
  await db.write(learnAlone, alone)
  assert.equal(await countsOf(db), EMPTY)
  assert.equal(await db.write(purgeVotes, { beforeMs: NOW_MS + 1 }), 1)
})

test('a copy in memory follows what is learned, message by message or anew', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const [ani, budi] = await people(db, 2)
  assert.ok(ani && budi)
  let nowMs = NOW_MS
  const clock = { nowMs: () => nowMs }
  const copy = new Learned(sqlLearned(db), clock)
  const look = async (learned: Learned, who: { organization: OrganizationId; account: AccountId }): Promise<unknown> => {
    const { account, marks } = await learned.of(who)
    return { spam: account?.spam, ham: account?.ham, counts: Array.from({ length: 40 }, (_, i) => countsIn(account, i)), marks }
  }
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < (round === 2 ? 130 : 7); i++) await learn(db, vote(ani, `m${i % 23}`, (i + round) % 3 === 0 ? 'not-junk' : 'junk', [i % 23, 30, i % 7], nowMs))
    if (round % 2 === 0) nowMs += 100_000
    else copy.stale([ani.account])
    assert.deepEqual(await look(copy, ani), await look(new Learned(sqlLearned(db), clock), ani))
    assert.equal((await copy.of(budi)).account, null)
  }
  assert.ok(copy.bytes > 0)
})

test('a scope of more tokens than one page is read whole', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const [ani] = await people(db, 1)
  assert.ok(ani)
  await learn(db, vote(ani, 'm1', 'junk', Array.from({ length: 990 }, (_, i) => i)), vote(ani, 'm2', 'junk', Array.from({ length: 600 }, (_, i) => 900 + i)))
  const { account } = await new Learned(sqlLearned(db), { nowMs: () => NOW_MS }).of(ani)
  assert.equal(account?.size, 1_500)
  assert.deepEqual(countsIn(account, 950), { spam: 2, ham: 0 })
})
