import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { explain } from '../../src/core/filter/explain.ts'
import type { Sentence } from '../../src/core/filter/rule.ts'
import { ALL_RULES } from '../../src/core/filter/table/all.ts'
import { CHECK_WORDS, DECIDED_BY } from '../../src/core/filter/table/check-words.ts'
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
  for (const { checks, decided } of explained) for (const about of [decided, ...checks.map((check) => check.about)]) assert.doesNotMatch(about, /does not know/)
  assert.deepEqual(found, EXPLAIN_CASES.map(({ name, verdict, cause }, at) => [name, references[at], verdict, cause]))
})

test('explanations are whole sentences in each language, for every rule, every word of a check and everything that decides', () => {
  const sentences: Readonly<Record<string, Sentence | null>> = Object.fromEntries([
    ...Object.entries(ALL_RULES).flatMap(([name, { about, mend }]) => [[name, about], [`${name} mend`, mend]]),
    ...Object.entries(CHECK_WORDS).flatMap(([check, words]) => Object.entries(words).map(([word, about]) => [`${check} ${word}`, about])),
    ...Object.entries(DECIDED_BY).map(([by, about]) => [`by ${by}`, about]),
  ])
  for (const [name, sentence] of Object.entries(sentences)) {
    if (sentence === null) continue
    for (const text of [sentence.en, sentence.id]) assert.match(text, /^[A-Z].{8,}\.$|^[A-Z].{8,}: merpati .*\.$/s, name)
    assert.notEqual(sentence.en, sentence.id, name)
  }
  for (const locale of ['en', 'id'] as const) {
    const { decided, checks, reasons } = explain({ verdict: 'junk', by: 'list', score: 1, checks: [{ check: 'spf', result: 'fail', detail: null }, { check: '__proto__', result: 'x', detail: null }], findings: [{ rule: 'SPF_FAIL', score: 2.5, evidence: null }] }, ALL_RULES, locale)
    assert.deepEqual([decided, checks[0]?.about, reasons[0]?.about], [DECIDED_BY.list[locale], CHECK_WORDS.spf.fail[locale], ALL_RULES['SPF_FAIL']?.about[locale]])
    assert.match(checks[1]?.about ?? '', /does not know|tidak dikenal/)
  }
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
