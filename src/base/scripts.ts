/** Does a word of this text mix Latin letters with Cyrillic or Greek ones, which look like them? UTS #39 §5.1, as far as mail is written in. */
export function mixesScripts(text: string): boolean {
  if (!/[\u0370-\u052f]/.test(text)) return false
  return text.split(/[^\p{L}\p{M}]+/u).some((word) => /\p{Script=Latin}/u.test(word) && /\p{Script=Cyrillic}|\p{Script=Greek}/u.test(word))
}
