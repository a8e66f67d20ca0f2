import { fieldText, type HeaderBlock } from '../../../proto/mail/headers.ts'
import { paramText } from '../../../proto/mail/parameter.ts'
import type { MessageIndex } from '../../../proto/mail/part.ts'
import { walkParts } from '../../../proto/mail/section.ts'
import { MAX_FIELD_CHARS, MAX_NAMES, MAX_TELLING_CHARS, MAX_TRAIT_PARTS } from './limits.ts'

/** How a message was made, as far as Bayes looks at it: nothing in it depends on the way it took, so it is the same at arrival and years later. */
export interface MailTraits {
  /** Names of its header fields, lower-case, each once, in order. */
  readonly names: readonly string[]
  /** What the fields of `TELLING` say, cut at `MAX_TELLING_CHARS`: the first of each name. */
  readonly said: ReadonlyMap<string, string>
  /** The time zone of its Date, as it was written; '' for none. */
  readonly zone: string
  /** What stands behind the @ of its Message-ID; '' for none. */
  readonly idHost: string
  /** Its first `Content-Type`s and charsets, such as `text/html` and `utf-8`. */
  readonly types: readonly string[]
  readonly charsets: readonly string[]
}

/** Fields that the way adds, or that another filter's opinion stands in. What we learn must not be what somebody else thought. */
const OF_THE_WAY = /^(?:received|return-path|delivered-to|x-original-to|envelope-to|authentication-results|arc-|dkim-signature|domainkey|x-spam|x-bogosity|x-virus|x-sieve|x-merpati|status$|x-status|x-keywords|x-uid|lines$|xref$|bytes$|replied$|forwarded$)/

/** Fields whose words say how mail is made: the program, the list, the manners. */
const TELLING: ReadonlySet<string> = new Set([
  'user-agent', 'x-mailer', 'x-mimeole', 'x-priority', 'importance', 'precedence', 'list-id', 'sender', 'errors-to', 'organization', 'content-transfer-encoding', 'feedback-id',
])

/** Reads the traits of a message whose header and parts are known. Offsets are those of `bytes`. */
export function readTraits(bytes: Uint8Array, header: Pick<HeaderBlock, 'fields'>, index: MessageIndex): MailTraits {
  const names = new Set<string>()
  const said = new Map<string, string>()
  let zone = ''
  let idHost = ''
  for (const field of header.fields) {
    if (names.size >= MAX_NAMES) break
    if (OF_THE_WAY.test(field.name)) continue
    names.add(field.name)
    if (TELLING.has(field.name) && !said.has(field.name)) said.set(field.name, fieldText(bytes, field).slice(0, MAX_TELLING_CHARS))
    if (zone === '' && field.name === 'date') zone = /[+-]\d{4}\b|\b[A-Z]{3}\b(?! \d)|$/.exec(fieldText(bytes, field).slice(16, 64))?.[0] ?? ''
    if (idHost === '' && field.name === 'message-id') idHost = /@([^>\s]{1,255})/.exec(fieldText(bytes, field).slice(0, MAX_FIELD_CHARS))?.[1]?.toLowerCase() ?? ''
  }
  const types = new Set<string>()
  const charsets = new Set<string>()
  let seen = 0
  for (const { part } of walkParts(index, 'own-parts')) {
    if (seen++ >= MAX_TRAIT_PARTS) break
    types.add(`${part.type}/${part.subtype}`)
    if (part.type === 'text') charsets.add((paramText(part.params, 'charset') ?? '').toLowerCase())
  }
  types.add(`${index.root.type}/${index.root.subtype}`)
  return { names: [...names], said, zone, idHost, types: [...types], charsets: [...charsets] }
}
