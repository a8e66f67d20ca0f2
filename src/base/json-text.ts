/** Text that every reader of JSON takes: no NUL, no half of a letter, at most so many characters. */
export function jsonText(text: string, mostChars: number): string {
  return text.slice(0, mostChars).replaceAll('\0', '').toWellFormed()
}
