/*
 * Modified UTF-7: how mailbox names travel before UTF-8 is agreed on. RFC 3501 §5.1.3, RFC 9051 Appendix A.
 */

const PLAIN = /^[\x20-\x25\x27-\x7e]*$/

/** A mailbox name as IMAP4rev1 writes it: printable ASCII stands for itself, `&` is `&-`, the rest is UTF-16 in base64. */
export function encodeUtf7(name: string): string {
  if (PLAIN.test(name)) return name
  return name.replace(/&|[^\x20-\x7e]+/g, (run) => (run === '&' ? '&-' : `&${encodeRun(run)}-`))
}

/**
 * Reads a mailbox name as IMAP4rev1 writes it; null when it is not well-formed. Only what `encodeUtf7` would write is accepted, so that a mailbox
 * has one name.
 */
export function decodeUtf7(text: string): string | null {
  if (!text.includes('&')) return text
  let broken = false
  const name = text.replace(/&([^-]*)(-?)/g, (_, run: string, end: string) => {
    if (end === '') broken = true
    return run === '' ? '&' : decodeRun(run)
  })
  return broken || encodeUtf7(name) !== text ? null : name
}

function encodeRun(run: string): string {
  return Buffer.from(run, 'utf16le').swap16().toString('base64').replace(/=+$/, '').replaceAll('/', ',')
}

/** Bytes that are no whole number of UTF-16 units are dropped: the check by encoding again then fails. */
function decodeRun(run: string): string {
  const bytes = Buffer.from(run.replaceAll(',', '/'), 'base64')
  return Buffer.from(bytes.subarray(0, bytes.length & ~1))
    .swap16()
    .toString('utf16le')
}
