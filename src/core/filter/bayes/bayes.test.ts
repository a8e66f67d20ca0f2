import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { scanHeader } from '../../../proto/mail/header-scan.ts'
import { indexMessage } from '../../../proto/mail/mime-index.ts'
import { readContent } from '../read-content.ts'
import { BAYES_RULES } from '../table/bayes.ts'
import { autoLearn } from './auto-learn.ts'
import { combine } from './combine.ts'
import { MAX_TOKENS } from './limits.ts'
import type { Tokens } from './token-set.ts'
import { TokenTable } from './token-table.ts'
import { tokenize } from './tokenize.ts'
import { readTraits } from './traits.ts'
import { bayes, bayesFinding, weigh } from './verdict.ts'

function read(source: string | Uint8Array) {
  const bytes = typeof source === 'string' ? new TextEncoder().encode(source.replaceAll('\n', '\r\n')) : source
  const header = scanHeader(bytes)
  const index = indexMessage(bytes, header)
  return { content: readContent(bytes, header, index), traits: readTraits(bytes, header, index) }
}

function wordsOf(source: string): readonly string[] {
  const { content, traits } = read(source)
  const words: string[] = []
  tokenize(content, traits, (_high, _low, text) => words.push(text))
  return words
}

function tokensOf(source: string | Uint8Array): Tokens {
  const { content, traits } = read(source)
  return tokenize(content, traits)
}

const HEAD = 'From: Toko <promo@toko.example>\nTo: ani@home.example\nX-Mailer: Blaster 3\nMessage-ID: <1@mass.example>\nDate: Fri, 2 Jan 2026 03:04:05 +0700\n'

test('a message becomes words, pairs, and what its header, links and files say', () => {
  const words = wordsOf(`${HEAD}Received: from a.example\nSubject: GRATIS Pulsa!\n\nKlik https://a.b.shady.example/x sekarang, Café.\n`)
  for (const word of [
    'subject:gratis', 'subject:gratis pulsa!', 'klik', 'sekarang', 'sekarang café', 'from:promo@toko.example', 'from:toko.example', 'url:a.b.shady.example', 'url:shady.example',
    'url:.example', 'mailer:blaster', 'id:mass.example', 'field:x-mailer', 'zone:+0700', 'type:text/plain', 'scheme:https',
    'field:from to', 'field:date subject', 'subject:~rati', 'subject:~s pu',
  ]) assert.ok(words.includes(word), `${word} is missing in ${words.join(' | ')}`)
  assert.ok(!words.includes('field:received'), 'the way of a message is no token')
  assert.equal(new Set(words).size, words.length)
})

test('accents typed in two ways are one word, and what is unseen does not part words', () => {
  const text = (body: string) => tokensOf(`${HEAD}Content-Type: text/plain; charset=utf-8\n\n${body} satu dua tiga\n`)
  assert.deepEqual(text('caf\u00e9'), text('cafe\u0301'))
  assert.deepEqual(text('kre\u200bdit'), text('kredit'))
})

test('Chinese, Japanese and Thai are cut into pieces of two', () => {
  const words = wordsOf(`${HEAD}Content-Type: text/plain; charset=utf-8\n\n免费优惠 ขายของ\n`)
  assert.ok(words.includes('免费') && words.includes('优惠'), words.join(' '))
})

test('whatever a message is, its tokens are the same each time, distinct and bounded, and are noted one by one', () => {
  const headed = fc.tuple(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ unit: 'grapheme', maxLength: 3_000 })).map(([subject, body]) => new TextEncoder().encode(`Subject: ${subject}\r\nFrom: ${subject}\r\n\r\n${body}`))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 5_000 }), headed), (bytes) => {
      const { content, traits } = read(bytes)
      const tokens = tokenize(content, traits)
      const noted: number[] = []
      assert.deepEqual(tokenize(content, traits, (high, low) => noted.push(high, low)), tokens)
      assert.deepEqual(noted, [...tokens])
      assert.ok(tokens.length <= 2 * MAX_TOKENS)
      const seen = new Set<string>()
      for (let at = 0; at < tokens.length; at += 2) seen.add(`${tokens[at]}:${tokens[at + 1]}`)
      assert.equal(seen.size, tokens.length / 2)
    }),
  )
})

test('a message of many words is cut at a thousand tokens', () => {
  const body = Array.from({ length: 3_000 }, (_, i) => `kata${i.toString(36)}x`).join('\n')
  assert.equal(tokensOf(`${HEAD}Subject: x\n\n${body}\n`).length, 2 * MAX_TOKENS)
})

function taught(messages = 200): TokenTable {
  const table = new TokenTable()
  for (let i = 0; i < messages; i++) {
    table.learn(tokensOf(`From: s${i}@spam.example\nSubject: Murah ${i}\n\nbeli obat kuat sekarang diskon besar nomor ${i}\n`), 1, 0)
    table.learn(tokensOf(`From: t${i}@kantor.example\nSubject: Rapat ${i}\n\nnotulen rapat tim proyek besok pagi nomor ${i}\n`), 0, 1)
  }
  return table
}

test('what is like spam is likely spam, what is like ham is not, and what is new is neither', () => {
  const table = taught()
  const spam = combine(tokensOf('From: x@spam.example\nSubject: Murah\n\nobat kuat diskon besar\n'), table).probability
  const ham = combine(tokensOf('From: x@kantor.example\nSubject: Rapat\n\nnotulen tim proyek besok\n'), table).probability
  assert.ok(spam > 0.95, String(spam))
  assert.ok(ham < 0.05, String(ham))
  assert.equal(combine(new Uint32Array([1, 2, 3, 4]), table).probability, 0.5)
})

test('what was learned before a kind of token was thought of still counts', () => {
  const older = (source: string): Tokens => {
    const { content, traits } = read(source)
    const kept: number[] = []
    tokenize(content, traits, (high, low, text) => {
      if (!text.startsWith('subject:~') && !/^field:.* /.test(text)) kept.push(high, low)
    })
    return Uint32Array.from(kept)
  }
  const table = new TokenTable()
  for (let i = 0; i < 50; i++) {
    table.learn(older(`From: s${i}@spam.example\nSubject: Murah ${i}\n\nbeli obat kuat sekarang diskon besar nomor ${i}\n`), 1, 0)
    table.learn(older(`From: t${i}@kantor.example\nSubject: Rapat ${i}\n\nnotulen rapat tim proyek besok pagi nomor ${i}\n`), 0, 1)
  }
  assert.ok(combine(tokensOf('From: x@spam.example\nSubject: Murah\n\nobat kuat diskon besar\n'), table).probability > 0.95)
  assert.ok(combine(tokensOf('From: x@kantor.example\nSubject: Rapat\n\nnotulen tim proyek besok\n'), table).probability < 0.05)
})

test('a subject whose words are disguised shares pieces with what was learned', () => {
  const words = new Set(wordsOf(`${HEAD}Subject: v.i.a.g.r.a pills-cheap\n\nx\n`))
  assert.deepEqual(wordsOf(`${HEAD}Subject: xpillsx cheap\n\nx\n`).filter((word) => word.startsWith('subject:~') && words.has(word)), ['subject:~pill', 'subject:~ills', 'subject:~chea', 'subject:~heap'])
})

test('what was learned and unlearned leaves every count as it was', () => {
  const tokens = fc.uint8Array({ minLength: 2, maxLength: 40 }).map((bytes) => Uint32Array.from(bytes.subarray(0, bytes.length & ~1), (byte) => byte + 1))
  fc.assert(
    fc.property(fc.array(tokens), fc.array(tokens), (kept, passing) => {
      const table = new TokenTable()
      const plain = new TokenTable()
      for (const each of kept) plain.learn(each, 1, 0)
      for (const each of passing) table.learn(each, 0, 1)
      for (const each of kept) table.learn(each, 1, 0)
      for (const each of passing) table.learn(each, 0, -1)
      assert.deepEqual([table.spam, table.ham], [plain.spam, plain.ham])
      for (const each of [...kept, ...passing]) {
        for (let at = 0; at < each.length; at += 2) {
          const [high = 0, low = 0] = [each[at], each[at + 1]]
          assert.deepEqual(table.countsOf(high, low), plain.countsOf(high, low))
        }
      }
    }),
  )
})

test('who taught much more of one class than of the other is served as well', () => {
  const table = taught(50)
  for (let i = 0; i < 950; i++) table.learn(tokensOf(`From: u${i}@kantor.example\nSubject: Laporan ${i}\n\nlaporan keuangan bulan ini terlampir nomor ${i}\n`), 0, 1)
  const of = (source: string) => combine(tokensOf(source), table).probability
  assert.ok(of('From: x@spam.example\nSubject: Murah\n\nobat kuat diskon besar\n') > 0.95)
  assert.ok(of('From: x@kantor.example\nSubject: Laporan\n\nlaporan keuangan terlampir\n') < 0.05)
})

test('a word that stood in the same share of both classes says nothing, and one that was met once says little', () => {
  const table = new TokenTable()
  table.addMessages(100, 1_000)
  table.add(1, 1, 50, 500)
  table.add(2, 2, 1, 0)
  table.add(3, 3, 40, 0)
  const of = (...numbers: readonly number[]) => combine(Uint32Array.from(numbers.flatMap((number) => [number, number])), table)
  assert.deepEqual(of(1, 9), { probability: 0.5, used: 0 })
  assert.ok(of(3).probability > of(2).probability && of(2).probability > 0.5)
})

test('a probability is a probability, whatever the counts are', () => {
  const count = fc.integer({ min: 0, max: 1_000_000 })
  fc.assert(
    fc.property(fc.array(fc.tuple(count, count), { maxLength: 1_000 }), count, count, (rows, spam, ham) => {
      const table = new TokenTable()
      table.addMessages(spam, ham)
      const tokens = new Uint32Array(2 * rows.length)
      rows.forEach(([inSpam, inHam], at) => {
        tokens.set([at + 1, at + 7], 2 * at)
        table.add(at + 1, at + 7, inSpam, inHam)
      })
      const { probability, used } = combine(tokens, table)
      assert.ok(probability >= 0 && probability <= 1, String(probability))
      assert.ok(used <= rows.length)
    }),
  )
})

test('a scope is asked once it has learned enough, and an account that taught much counts more than everybody', () => {
  const global = taught()
  const turned = new TokenTable() // This account likes what the others call spam.
  for (let i = 0; i < 1_000; i++) {
    turned.learn(tokensOf('From: x@spam.example\nSubject: Murah\n\nobat kuat diskon besar\n'), 0, 1)
    turned.learn(tokensOf('From: x@kantor.example\nSubject: Rapat\n\nnotulen tim proyek besok\n'), 1, 0)
  }
  const tokens = tokensOf('From: x@spam.example\nSubject: Murah\n\nobat kuat diskon besar\n')
  assert.equal(weigh(tokens, { global: taught(199), account: taught(49) }), null)
  assert.ok((weigh(tokens, { global, account: taught(49) })?.probability ?? 0) > 0.9)
  assert.ok((weigh(tokens, { global, account: turned })?.probability ?? 1) < 0.2)
  assert.ok((weigh(tokens, { global: null, account: taught(50) })?.probability ?? 0) > 0.9)
})

test('a finding names the probability and the tokens that weighed most', () => {
  const { content, traits } = read('From: x@spam.example\nSubject: Murah\n\nobat kuat diskon besar\n')
  const found = bayes(content, traits, tokenize(content, traits), { global: taught(), account: null })
  assert.match(found?.rule ?? '', /^BAYES_(95|99|999)$/)
  assert.match(found?.evidence ?? '', /^(?:0\.9\d+|1\.0000), .*(obat|kuat|murah|spam\.example)/)
})

test('every probability has a rule with sentences, and scores rise with it', () => {
  const rules = Array.from({ length: 1_001 }, (_, i) => bayesFinding({ probability: i / 1_000, by: new TokenTable() }, []).rule)
  const scores = rules.map((rule) => BAYES_RULES[rule]?.score ?? Number.NaN)
  assert.ok(scores.every((score, at) => at === 0 || score >= (scores[at - 1] ?? Number.NaN)), scores.join(' '))
})

test('a message is learned without a word only at the extremes, and one in three', () => {
  const digests = Array.from({ length: 255 }, (_, i) => i)
  assert.equal(digests.filter((digest) => autoLearn(12, () => digest) === 'spam').length, 85)
  assert.equal(digests.filter((digest) => autoLearn(-3, () => digest) === 'ham').length, 85)
  assert.deepEqual(digests.filter((digest) => autoLearn(11.9, () => digest) !== null || autoLearn(-2.9, () => digest) !== null), [])
})
