/** Printable ASCII is its own preparation: nearly every name and password ends here. */
const PLAIN = /^[\x20-\x7e]*$/

/** RFC 3454 table C.1.2: spaces that become the ASCII one. */
const SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu

/** RFC 3454 table B.1: characters commonly mapped to nothing. */
const NOTHING = /[\u{ad}\u{1806}\u{2060}\u{feff}]|[\u{200c}-\u{200d}]|[\u{180b}-\u{180d}]|[\u{fe00}-\u{fe0f}]|\u{34f}/gu

/**
 * RFC 4013 §2.3: controls (C.2), private use (C.3), non-characters (C.4), surrogates (C.5), what is unfit for plain text or
 * canonical form (C.6, C.7), direction marks and the like (C.8), tags (C.9). Two of C.8 are gone after NFKC.
 */
const FORBIDDEN = [
  /[\p{Cc}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}]/u,
  /[\u{6dd}\u{70f}\u{180e}\u{2028}\u{2029}\u{2061}-\u{2063}\u{206a}-\u{206f}\u{fff9}-\u{fffd}\u{1d173}-\u{1d17a}]/u,
  /[\u{2ff0}-\u{2ffb}\u{200e}\u{200f}\u{202a}-\u{202e}\u{e0001}\u{e0020}-\u{e007f}]/u,
] as const

/**
 * A user name or password in the form in which it is compared and hashed, so that the same keys pressed on two systems
 * give the same bytes. Null for what is forbidden or comes to nothing. RFC 4013, as SCRAM (RFC 5802 §5.1) and PLAIN (RFC 4616 §2) ask.
 *
 * Two departures, both from its successor RFC 8265: the rule against mixing directions (§2.4) is left out, because
 * it refuses good Arabic and Hebrew passwords that end in a digit, and characters newer than Unicode 3.2 pass.
 */
export function prepare(text: string): string | null {
  if (text === '') return null
  if (PLAIN.test(text)) return text
  // The zero-width space is in both tables; the first mapping wins, as in other implementations.
  const prepared = text.replace(SPACES, ' ').replace(NOTHING, '').normalize('NFKC')
  return prepared === '' || FORBIDDEN.some((set) => set.test(prepared)) ? null : prepared
}
