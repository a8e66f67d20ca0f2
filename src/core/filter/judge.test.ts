import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatReply } from '../../proto/smtp/reply.ts'
import { finding, type Finding } from './finding.ts'
import { type Case, DEFAULT_THRESHOLDS, forOneReply, type HardVerdict, judge, type ListDecision, reasonsOf, type RecipientCase, STRICTNESS, sumOf, type Verdict } from './judge.ts'
import type { FilterRules } from './rule.ts'
import { VERDICT_FIELDS, verdictFields } from './verdict-fields.ts'

const sentence = (en: string): FilterRules[string]['about'] => ({ en, id: en })
const RULES: FilterRules = {
  BAD: { score: 4, about: sentence('It is bad.'), mend: null },
  WORSE: { score: 10, about: sentence('It is ’worse’.'), mend: null },
  SMALL: { score: 0.1, about: sentence('It is a little odd.'), mend: null },
  TOLD: { score: 0, about: sentence('It is told.'), mend: null },
  GOOD: { score: -4, about: sentence('It is good.'), mend: null },
}
const ANI: RecipientCase = { recipient: 'ani@home.example', list: { kind: 'none' }, findings: [], thresholds: DEFAULT_THRESHOLDS }
const NONE: Case = { findings: [], hard: [], recipients: [ANI], rules: RULES, overrides: new Map(), reference: 'm123' }
const found = (...rules: readonly string[]): readonly Finding[] => rules.map((rule) => finding(rule))

function one(change: Partial<Case>, recipient: Partial<RecipientCase> = {}): Verdict {
  const [verdict] = judge({ ...NONE, recipients: [{ ...ANI, ...recipient }], ...change })
  assert.ok(verdict !== undefined)
  return verdict
}

test('The score decides at its thresholds, which are the recipient’s', () => {
  const of = (score: number, thresholds = DEFAULT_THRESHOLDS): unknown => {
    const { kind, isTagged } = one({ findings: found('BAD'), overrides: new Map([['BAD', score]]) }, { thresholds })
    return [kind, isTagged]
  }
  assert.deepEqual([of(-9), of(2.99), of(3), of(5.99), of(6), of(14.99), of(15)], [['accept', false], ['accept', false], ['accept', true], ['accept', true], ['junk', false], ['junk', false], ['reject', false]])
  assert.deepEqual(of(3, { reject: 3, junk: 2, tag: 1 }), ['reject', false])
})

test('Reasons are told once each, the gravest first; a rule that nobody knows weighs nothing', () => {
  const { reasons, score } = one({ findings: [...found('GOOD', 'BAD', 'NOBODY', 'WORSE'), finding('BAD', 'again'), ...found('__proto__', 'constructor')] })
  assert.deepEqual(reasons.map(({ rule, score }) => [rule, score]), [['WORSE', 10], ['BAD', 4], ['NOBODY', 0], ['__proto__', 0], ['constructor', 0], ['GOOD', -4]])
  assert.equal(score, 10)
  assert.equal(sumOf(reasonsOf(Array.from({ length: 10 }, (_, i) => finding(`R${i}`)), {}, new Map(Array.from({ length: 10 }, (_, i) => [`R${i}`, 0.1] as const)))), 1)
})

test('A reply says why, and by which reference to ask', () => {
  const malware: HardVerdict = { kind: 'malware', name: 'Eicar' }
  const attachment: HardVerdict = { kind: 'attachment', attachment: { kind: 'refuse', rule: 'ATTACHMENT_BLOCKED', reason: 'Files such as "a.exe" are not taken here' } }
  const replies: readonly (readonly [Verdict, string])[] = [
    [one({ findings: found('WORSE', 'BAD', 'SMALL', 'GOOD'), overrides: new Map([['BAD', 9]]) }), "550 5.7.1 Refused: it looks like spam. It is 'worse'. It is bad. Reference m123\r\n"],
    [one({ hard: [malware] }), '554 5.7.1 Refused: it carries malware, Eicar. Reference m123\r\n'],
    [one({ hard: [attachment] }), '552 5.7.0 Files such as "a.exe" are not taken here. Put it on the web and send a link. Reference m123\r\n'],
    [one({ hard: [{ kind: 'dmarc', what: 'reject', domain: 'bank.example' }] }), '550 5.7.26 Refused as bank.example asks for mail that it has not signed or sent. Reference m123\r\n'],
    [one({ hard: [{ kind: 'defer', reply: null }] }), '451 4.3.2 Mail cannot be checked right now: try again later. Reference m123\r\n'],
    [one({}, { list: { kind: 'deny', action: 'reject' } }), '550 5.7.1 The recipient does not take mail from this sender. Reference m123\r\n'],
    [one({ hard: [{ kind: 'refused', reply: { code: 550, status: '5.7.1', text: 'No' } }] }), '550 5.7.1 No. Reference m123\r\n'],
  ]
  for (const [{ reply }, line] of replies) assert.equal(reply === null ? null : formatReply(reply), line)
  assert.equal(one({}).reply, null)
})

test('What is kept apart, and what its author’s domain wants apart, goes to Junk', () => {
  const apart: HardVerdict = { kind: 'attachment', attachment: { kind: 'quarantine', rule: 'ATTACHMENT_MACRO', reason: '' } }
  assert.deepEqual([one({ hard: [apart] }).kind, one({ hard: [apart] }).because], ['junk', 'attachment'])
  assert.deepEqual([one({ hard: [{ kind: 'dmarc', what: 'junk', domain: 'x' }] }).kind, one({ hard: [{ kind: 'dmarc', what: 'junk', domain: 'x' }], findings: found('WORSE', 'BAD'), overrides: new Map([['BAD', 9]]) }).kind], ['junk', 'reject'])
})

test('Recipients are judged apart', () => {
  const verdicts = judge({ ...NONE, findings: found('BAD'), recipients: [ANI, { ...ANI, recipient: 'tim@home.example', findings: found('BAD', 'WORSE') }, { ...ANI, list: { kind: 'deny', action: 'discard' } }] })
  assert.deepEqual(verdicts.map(({ kind }) => kind), ['accept', 'junk', 'discard'])
})

test('One reply for all never makes a bounce: who would reject gets it in Junk, and who must wait makes all wait', () => {
  const of = (...kinds: readonly Verdict['kind'][]): readonly string[] => forOneReply(kinds.map((kind) => ({ ...one({}), kind }))).map(({ kind }) => kind)
  assert.deepEqual(of('reject', 'reject'), ['reject', 'reject'])
  assert.deepEqual(of('reject', 'accept', 'discard'), ['junk', 'accept', 'discard'])
  assert.deepEqual(of('accept', 'defer', 'reject'), ['defer', 'defer', 'defer'])
  assert.deepEqual(of(), [])
})

test('The header names verdict, score and rules, and nothing that a stranger wrote', () => {
  const verdict = one({ findings: [finding('BAD', 'evil\r\nX-Evil: 1'), ...found('SMALL', 'WORSE', 'bad name\r\nX: y')], overrides: new Map([['WORSE', 3.333]]) })
  assert.equal(
    verdictFields(verdict, DEFAULT_THRESHOLDS, 'm123'),
    'X-Spam-Status: Yes, score=7.43 required=6 tests=BAD=4, WORSE=3.33, SMALL=0.1\r\nX-Spam-Flag: YES\r\nX-Merpati-Verdict: junk; by=score; score=7.43\r\nX-Merpati-Reference: m123\r\n',
  )
  assert.match(verdictFields(one({ findings: found('BAD') }), DEFAULT_THRESHOLDS, 'm'), /^X-Spam-Status: No, score=4 required=6 tests=BAD=4\r\nX-Merpati-Verdict: suspicious; /)
  for (const line of verdictFields(verdict, DEFAULT_THRESHOLDS, 'm123').split('\r\n')) {
    if (/^\S/.test(line)) assert.ok(VERDICT_FIELDS.has(line.slice(0, line.indexOf(':')).toLowerCase()), line)
  }
})

const score = fc.double({ min: -2000, max: 2000, noNaN: true })
const findings = fc.array(fc.constantFrom(...Object.keys(RULES), 'NOBODY', '__proto__'), { maxLength: 8 }).map((rules) => found(...rules))
const lists = fc.constantFrom<ListDecision>({ kind: 'none' }, { kind: 'allow' }, { kind: 'deny', action: 'reject' }, { kind: 'deny', action: 'junk' }, { kind: 'deny', action: 'discard' })
const hards = fc.array(
  fc.constantFrom<HardVerdict>(
    { kind: 'malware', name: 'x' }, { kind: 'defer', reply: null }, { kind: 'dmarc', what: 'reject', domain: 'd' }, { kind: 'dmarc', what: 'junk', domain: 'd' }, { kind: 'refused', reply: { code: 550, status: null, text: '' } },
    { kind: 'attachment', attachment: { kind: 'refuse', rule: 'A', reason: 'a' } }, { kind: 'attachment', attachment: { kind: 'quarantine', rule: 'A', reason: 'a' } },
  ),
  { maxLength: 4 },
)
const thresholds = fc.record({ reject: score, junk: score, tag: score })
const cases = fc.record({ findings, hard: hards, list: lists, own: findings, thresholds, overrides: fc.array(fc.tuple(fc.constantFrom(...Object.keys(RULES)), score), { maxLength: 4 }) }).map((each) => ({
  message: { findings: each.findings, hard: each.hard, overrides: new Map(each.overrides) } satisfies Partial<Case>,
  recipient: { list: each.list, findings: each.own, thresholds: each.thresholds } satisfies Partial<RecipientCase>,
}))

test('A finding more that speaks against a message never makes its verdict milder', () => {
  fc.assert(
    fc.property(cases, fc.double({ min: 0, max: 2000, noNaN: true }), ({ message, recipient }, weight) => {
      const before = one(message, recipient)
      const after = one({ ...message, findings: [...message.findings, finding('MORE')], overrides: new Map([...message.overrides, ['MORE', weight]]) }, recipient)
      assert.ok(STRICTNESS[after.kind] >= STRICTNESS[before.kind] && after.score >= before.score)
    }),
  )
})

test('A hard verdict more never makes a verdict milder', () => {
  fc.assert(
    fc.property(cases, hards, ({ message, recipient }, more) => {
      const after = one({ ...message, hard: [...message.hard, ...more] }, recipient)
      assert.ok(STRICTNESS[after.kind] >= STRICTNESS[one(message, recipient).kind])
    }),
  )
})

test('Malware is rejected whatever else is known, and nobody’s list lets a refused attachment in', () => {
  fc.assert(
    fc.property(cases, ({ message, recipient }) => {
      const { kind } = one(message, recipient)
      const refuses = message.hard.some((hard) => hard.kind === 'malware' || (hard.kind === 'attachment' && hard.attachment.kind === 'refuse'))
      if (refuses) assert.equal(kind, 'reject')
    }),
  )
})

test('A deny beats every score, and an allow beats every score and what DMARC says', () => {
  fc.assert(
    fc.property(cases, ({ message, recipient }) => {
      for (const action of ['reject', 'junk', 'discard'] as const) {
        assert.ok(STRICTNESS[one(message, { ...recipient, list: { kind: 'deny', action } }).kind] >= STRICTNESS[action])
      }
      const allowed = one({ ...message, hard: message.hard.filter(({ kind }) => kind === 'dmarc') }, { ...recipient, list: { kind: 'allow' } })
      assert.deepEqual([allowed.kind, allowed.because, allowed.reply], ['accept', 'list', null])
    }),
  )
})

test('A reply is there exactly when there is something to tell the peer, and a header can always be written', () => {
  fc.assert(
    fc.property(cases, fc.string({ unit: 'binary' }), ({ message, recipient }, reference) => {
      const verdict = one({ ...message, reference }, recipient)
      assert.equal(verdict.reply !== null, verdict.kind === 'reject' || verdict.kind === 'defer')
      const fields = verdictFields(verdict, recipient.thresholds, reference)
      assert.ok(fields.endsWith('\r\n') && !/\r\n\r\n/.test(fields) && /^[\x20-\x7e\r\n]*$/.test(fields))
      for (const line of fields.split('\r\n')) assert.ok(line.length <= 998)
    }),
  )
})
