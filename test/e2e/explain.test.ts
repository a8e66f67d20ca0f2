import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { EXPLAIN_CASES, type ExplainCase, messageOf } from '../support/explain-cases.ts'
import { type Explained, referenceIn, signed, startTrustHouse, type TrustHouse } from '../support/trust-house.ts'
import { type TrustZones, trustZones } from '../support/trust-zones.ts'

/** The first digit of the reply that goes with a verdict. */
const CODE = { accept: 2, junk: 2, defer: 4, reject: 5 } as const

const ENTRIES: readonly (readonly string[])[] = [
  ['filter', 'deny', 'add', 'from', 'musuh@far.test', '--domain', 'rumah.test'],
  ['filter', 'deny', 'add', 'net', '192.0.2.40/32', '--platform', '--action', 'junk'],
  ['filter', 'allow', 'add', 'from', 'teman@far.test', '--account', 'ani@rumah.test'],
  ['filter', 'allow', 'add', 'from', 'kawan@tanpa.test', '--account', 'ani@rumah.test'],
]

let house: TrustHouse
const internet: TrustZones = trustZones()
before(async () => {
  house = await startTrustHouse({ zones: internet.zones, people: ['ani'], commands: ENTRIES })
  await house.knowNet('198.51.100.5')
  await house.listsAreTested()
})
after(() => house[Symbol.asyncDispose]())

test('of scripted messages, explain names the cause that was written down before', async () => {
  const references: string[] = []
  for (const [number, each] of EXPLAIN_CASES.entries()) references.push(await sent(each, number))
  assert.ok(references.length >= 50)
  const explained = await house.explain(...references)
  const found = explained.map((each, at) => [EXPLAIN_CASES[at]?.name, each.message, each.verdict, causeIn(each, EXPLAIN_CASES[at]?.cause)])
  assert.deepEqual(found, EXPLAIN_CASES.map(({ name, verdict, cause }, at) => [name, references[at], verdict, cause]))
})

/** Sends a case; its reference. */
async function sent(each: ExplainCase, number: number): Promise<string> {
  const { way, signed: by, name, verdict } = each
  const key = internet.keys.get(by?.domain ?? '')
  const plain = messageOf(each, number)
  const message = by === undefined || key === undefined ? plain : await signed(plain, by.domain, key)
  const data = by?.broken === true ? `${message}-- \r\nDikirim lewat milis\r\n` : message
  const reply = await house.bring({ ...way, to: ['ani@rumah.test'], data })
  assert.equal(Math.floor(reply.code / 100), CODE[verdict], `${name}: ${reply.text}`)
  return referenceIn(reply)
}

/** What an explanation says is the cause, in the way in which it was written down. */
function causeIn({ by, checks, reasons }: Explained, wanted: ExplainCase['cause'] | undefined): unknown {
  if (wanted === undefined || 'rule' in wanted) return { rule: reasons[0]?.rule }
  const found = checks.find(({ check }) => check === wanted.check[0])
  return { by, check: [found?.check, found?.result] }
}
