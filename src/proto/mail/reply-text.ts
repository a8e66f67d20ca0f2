/** Lines of a text that are looked at. What stands behind them is an archive of a conversation. */
const MAX_LINES = 20_000

/** A line that introduces what is quoted, in English and Indonesian, and as common programs of other languages write it: "On ... wrote:", "Pada ... menulis:". */
const INTRODUCTION = /^(?:on|pada|am|le|el|il|op|em|den|dne|w dniu)\s.{4,400}(?:wrote|menulis|berkata|schrieb|a écrit|écrit|escribió|ha scritto|schreef|escreveu|skrev|napsal|napisał)[^:]{0,60}:$/i

/** Rulers that programs draw above the message that is answered. */
const RULER = /^(?:-{2,}\s*(?:original message|pesan asli|forwarded message|pesan terusan|ursprüngliche nachricht|message d'origine|mensaje original|oorspronkelijk bericht)\s*-{2,}|_{20,}|-{20,}|begin forwarded message:|mulai pesan terusan:|##-.{0,80}-##)$/i

/** The header that Outlook and others write above what is quoted: two of these lines one after the other. */
const QUOTED_HEADER = /^\*?(?:from|dari|sent|dikirim|terkirim|date|tanggal|to|kepada|ke|subject|subjek|perihal|cc|von|gesendet|de|envoyé|enviado)\*?\s?:\s*\S/i

/** What telephones put below a message by themselves. */
const SENT_FROM = /^(?:sent from my |sent from (?:mail|outlook|yahoo|proton)|dikirim dari |get outlook for |von meinem .* gesendet)/i

/** RFC 3676 §4.3: what stands below this line is a signature. Many programs lose the blank. */
const SIGNATURE = /^--\s?$/

/**
 * The words that somebody has written anew, without what is quoted below or between, and without a signature: what a program that reads answers wants. When nothing
 * would be left, the text as it is. Takes linear time; never throws.
 */
export function replyText(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n').split('\n', MAX_LINES)
  const end = endOf(lines)
  const kept = lines.slice(0, end).filter((line) => !/^\s{0,3}>/.test(line))
  const own = kept.join('\n').replace(/\n{3,}/g, '\n\n').trim()
  return own === '' ? text.trim() : own
}

/** The first line that is not the writer's any more. */
function endOf(lines: readonly string[]): number {
  for (let at = 0; at < lines.length; at++) {
    const line = (lines[at] ?? '').slice(0, 600).trim()
    if (SIGNATURE.test((lines[at] ?? '').slice(0, 10)) || RULER.test(line) || SENT_FROM.test(line)) return at
    if (isIntroduced(lines, at, line)) return at
    if (QUOTED_HEADER.test(line) && QUOTED_HEADER.test(nextOf(lines, at))) return at
  }
  return lines.length
}

/** An introduction may be broken into two or three lines; what follows it is quoted, or the end. */
function isIntroduced(lines: readonly string[], at: number, line: string): boolean {
  if (!/^(?:on|pada|am|le|el|il|op|em|den|dne|w dniu)\s/i.test(line)) return false
  let whole = line
  for (let more = 1; more <= 3; more++) {
    if (INTRODUCTION.test(whole)) return true
    const next = (lines[at + more] ?? '').slice(0, 300).trim()
    if (next === '' || next.startsWith('>')) return false
    whole = `${whole} ${next}`
  }
  return false
}

function nextOf(lines: readonly string[], at: number): string {
  return (lines[at + 1] ?? '').slice(0, 600).trim()
}
