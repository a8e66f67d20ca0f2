/** What XML 1.0 cannot hold at all, escaped or not: §2.2. Lone surrogates are gone already. */
const NO_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** A text as the content of an XML element or attribute. What XML cannot hold becomes U+FFFD. */
export function xmlText(text: string): string {
  return text.toWellFormed().replace(NO_XML, '\ufffd').replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char)
}
