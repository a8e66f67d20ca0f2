import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replyText } from './reply-text.ts'

const CASES: Readonly<Record<string, readonly [text: string, own: string]>> = {
  'nothing is quoted': ['Yes, please.\r\n\r\nAni', 'Yes, please.\n\nAni'],
  'Gmail, English': ['Yes.\n\nOn Tue, 3 Mar 2026 at 10:11, Budi <budi@example.org> wrote:\n> Shall we?\n', 'Yes.'],
  'Gmail, Indonesian': ['Boleh.\n\nPada tanggal Sel, 3 Mar 2026 pukul 10.11 Budi <budi@example.org> menulis:\n\n> Jadi?\n', 'Boleh.'],
  'an introduction over two lines': ['Ok\n\nOn Tue, 3 Mar 2026 at 10:11, Budi Santoso from the Office\n<budi@example.org> wrote:\n\n> Shall we?', 'Ok'],
  'Outlook, a header': ['Fine.\n\nFrom: Budi <budi@example.org>\nSent: Tuesday, 3 March 2026 10:11\nTo: Ani\nSubject: Lunch\n\nShall we?', 'Fine.'],
  'Outlook, Indonesian': ['Baik.\n\nDari: Budi <budi@example.org>\nDikirim: Selasa, 3 Maret 2026\nKe: Ani\n\nJadi?', 'Baik.'],
  'a ruler': ['See below.\n-----Original Message-----\nShall we?', 'See below.'],
  'a line of underscores': ['Done\n________________________________\nFrom: x', 'Done'],
  'a signature': ['Thanks\n-- \nAni\nThe Office', 'Thanks'],
  'a telephone': ['On my way\n\nSent from my iPhone', 'On my way'],
  'answers between the lines': ['> Shall we?\nYes.\n> When?\nAt noon.', 'Yes.\nAt noon.'],
  'only quotes: the text as it is': ['> Shall we?', '> Shall we?'],
  'words that only begin like an introduction': ['On Tuesday I am away.\nBut Wednesday is fine.', 'On Tuesday I am away.\nBut Wednesday is fine.'],
  'one line that looks like a header': ['Please note:\nSubject: the house\n\nIt is sold.', 'Please note:\nSubject: the house\n\nIt is sold.'],
  German: ['Ja.\n\nAm 03.03.2026 um 10:11 schrieb Budi <budi@example.org>:\n> Gehen wir?', 'Ja.'],
  French: ['Oui.\n\nLe mar. 3 mars 2026 à 10:11, Budi <budi@example.org> a écrit :\n> On y va ?', 'Oui.'],
}

for (const [name, [text, own]] of Object.entries(CASES)) test(`the new words of an answer are found: ${name}`, () => assert.equal(replyText(text), own))

test('whatever stands in a text, its new words are a part of it, found in linear time', () => {
  const pieces = ['On ', 'wrote:', '>', '\n', '\r', '-- ', 'From: x', '_'.repeat(25), 'Pada ', 'menulis:', ' ', 'ä', '\0', 'x'.repeat(300)]
  let seed = 7
  const next = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below
  for (let round = 0; round < 2_000; round++) {
    const text = Array.from({ length: next(40) }, () => pieces[next(pieces.length)] ?? '').join('')
    assert.ok(replyText(text).length <= text.length)
  }
  assert.equal(replyText(`${'On \n'.repeat(200_000)}`).startsWith('On'), true)
  assert.equal(replyText('On '.repeat(500_000)).length > 0, true)
})
