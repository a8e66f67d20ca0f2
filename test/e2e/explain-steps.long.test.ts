import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type ExplainCase, messageOf, WELL } from '../support/explain-cases.ts'
import { type Explained, referenceIn, startTrustHouse, type TrustHouse } from '../support/trust-house.ts'
import { trustZones } from '../support/trust-zones.ts'

const ENTRIES: readonly (readonly string[])[] = [
  ['filter', 'deny', 'add', 'net', '192.0.2.40/32', '--platform', '--action', 'junk'],
  ['filter', 'deny', 'add', 'from', 'buang@far.test', '--platform', '--action', 'discard'],
  ['filter', 'score', 'set', '--account', 'budi@rumah.test', '--junk', '1'],
]

let house: TrustHouse
before(async () => {
  house = await startTrustHouse({ zones: trustZones().zones, people: ['ani', 'budi'], commands: ENTRIES })
  await house.listsAreTested()
})
after(() => house[Symbol.asyncDispose]())

/** Brings a message and has it explained. */
async function explained(each: Omit<ExplainCase, 'cause'>, to: readonly string[] = ['ani@rumah.test']): Promise<Explained> {
  const reply = await house.bring({ ...each.way, to, data: messageOf({ ...each, cause: { rule: '' } }, 0) })
  const [told] = await house.explain(referenceIn(reply))
  assert.ok(told !== undefined)
  return told
}

test('what is thrown away is said to be, and each recipient has a fate where they differ', async () => {
  const gone = await explained({ name: 'thrown away', way: WELL, author: 'buang@far.test', verdict: 'accept' })
  assert.deepEqual([gone.verdict, gone.to, gone.copies], ['discard', ['ani@rumah.test'], []])
  assert.match(gone.summary, /thrown away/)
  const [again] = (await house.explain('ani@rumah.test')).slice(-1)
  assert.equal(again?.message, gone.message, 'it is found by its recipient')
  const parted = await explained({ name: 'two readers', way: WELL, author: 'Bank BCA <cs@far.test>', verdict: 'accept' }, ['ani@rumah.test', 'budi@rumah.test'])
  assert.deepEqual(parted.copies.map(({ address, fate }) => [address, fate]), [['ani@rumah.test', 'accept'], ['budi@rumah.test', 'junk']])
  assert.deepEqual(parted.thresholds, { tag: 3, junk: 1, reject: 15 })
})

test('what was refused before its message tells which checks had run', async () => {
  const { by, checks } = await explained({ name: 'listed', way: { client: '203.0.113.66', helo: 'x.lain.test', from: 'orang@polos.test' }, verdict: 'reject' })
  assert.deepEqual([by, checks.map(({ check, result }) => `${check} ${result}`)], ['dns-lists', ['dns-lists listed', 'iprev none', 'helo name', 'spf fail']])
})

test('the commands of an explanation do what it says', async () => {
  const listed = { name: 'listed', way: { client: '203.0.113.66', helo: 'x.lain.test', from: 'orang@polos.test' }, verdict: 'reject' } as const
  const denied = { name: 'denied', way: { client: '192.0.2.40', helo: 'mx4.far.test', from: 'orang@far.test' }, verdict: 'junk' } as const
  const wanted = { name: 'wanted', way: WELL, author: 'Bank BCA <orang@far.test>', fields: { 'Reply-To': 'bos@gmail.com' }, body: 'Mohon transfer: https://tok0pedia.com/login http://192.0.2.7/\r\n', verdict: 'junk' } as const
  for (const each of [listed, denied, wanted]) {
    const before = await explained(each)
    assert.notEqual(before.verdict, 'accept', each.name)
    await house.cli(...commandIn(before.next[0]))
    const after = await explained(each)
    assert.equal(after.verdict, 'accept', each.name)
    if (after.by === 'list') await house.cli(...commandIn(after.next[0]))
    if (after.by === 'list') assert.equal((await explained(each)).verdict, before.verdict, each.name)
  }
})

/** The command at the end of a step. */
function commandIn(step = ''): readonly string[] {
  const command = /merpati (?<words>filter .+)$/.exec(step)?.groups?.['words']
  assert.ok(command !== undefined, step)
  return command.split(' ')
}
