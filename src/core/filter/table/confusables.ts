/**
 * Letters that look like a Latin one, by the letter they look like: what deceives in domains and names, out of the confusables of UTS #39. Marks
 * and full-width forms are taken away by Unicode normalization before.
 */
const LOOKS_LIKE: Readonly<Record<string, string>> = {
  a: 'аɑα', b: 'Ьвβƅ', c: 'сϲᴄⅽ', d: 'ԁɗⅾ', e: 'еєҽɛ', f: 'ƒϝ', g: 'ɡցԍ', h: 'һհн', i: 'іıɩιӏ', j: 'јϳ', k: 'кκ', l: 'ⅼӀɭł', m: 'мⅿ', n: 'ոпη', o: 'оοօøჿ',
  p: 'рρ', q: 'ԛգ', r: 'гᴦⲅ', s: 'ѕꜱ', t: 'тτ', u: 'սυʋ', v: 'ѵνⅴ', w: 'ԝшωա', x: 'хχⅹ', y: 'уүγ', z: 'ᴢʐ',
}

/** The Latin letter that each of them looks like. */
export const CONFUSABLE: ReadonlyMap<string, string> = new Map(Object.entries(LOOKS_LIKE).flatMap(([latin, others]) => [...others].map((other) => [other, latin] as const)))

/** Digits that stand for letters. */
export const DIGIT_LETTERS: ReadonlyMap<string, string> = new Map([['0', 'o'], ['1', 'l'], ['2', 'z'], ['3', 'e'], ['4', 'a'], ['5', 's'], ['7', 't'], ['8', 'b'], ['9', 'g']])
