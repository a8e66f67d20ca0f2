import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { XMLParser } from 'fast-xml-parser'
import { parseAddress } from '../../src/proto/mail/address.ts'
import { type Suite, Tally } from './suite.ts'

interface AddressTest {
  readonly id: string
  readonly address: string
  readonly category: string
  readonly diagnosis: string
}

/**
 * What a category says of an address in an SMTP envelope. The suite asks for diagnoses in finer steps, which our parser does not make: compared is
 * only whether an address may stand in MAIL and RCPT (RFC 5321 §4.1.2), which is what our parser is for. What has comments, folding, or the
 * obsolete syntax of RFC 5322 is good in a header field and no path. Whether a domain is in DNS (`DNSWARN`) is no matter of syntax.
 */
const MAY_STAND: Readonly<Record<string, boolean>> = {
  ISEMAIL_VALID_CATEGORY: true, ISEMAIL_DNSWARN: true, ISEMAIL_RFC5321: true, ISEMAIL_CFWS: false, ISEMAIL_DEPREC: false, ISEMAIL_RFC5322: false, ISEMAIL_ERR: false,
}

/**
 * Where we differ on purpose, and what we do. A domain that ends in a number is an address without brackets (RFC 3696 §2), though the grammar
 * of RFC 5321 has it. `::` for a single group is allowed in IPv6 addresses (RFC 4291 §2.2), though RFC 5321 §4.1.3 wants two; we write such an address in its
 * shortest form.
 */
const ON_PURPOSE: Readonly<Record<string, 'taken' | 'refused'>> = { ISEMAIL_RFC5321_TLDNUMERIC: 'refused', ISEMAIL_RFC5321_IPV6DEPRECATED: 'taken' }

/** The suite of isemail (version 3.05), as far as it speaks of envelope addresses. */
export const address: Suite = {
  name: 'address',
  folder: 'address',
  async run(folder) {
    const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '', parseTagValue: false, trimValues: false, htmlEntities: true })
    const document = parser.parse(readFileSync(join(folder, 'isemail-tests.xml'), 'utf8')) as { readonly tests: { readonly test: readonly AddressTest[] } }
    const tally = new Tally()
    for (const { id, address: written, category, diagnosis } of document.tests.test) {
      const text = withControls(written)
      const wanted = MAY_STAND[category] === true ? 'taken' : 'refused'
      const got = parseAddress(text).ok ? 'taken' : 'refused'
      if (got !== wanted && got === ON_PURPOSE[diagnosis]) tally.differ()
      else tally.count(`${id} ${JSON.stringify(text)}`, got === wanted ? null : `${diagnosis}: wanted ${wanted}, was ${got}`)
    }
    return tally.result()
  },
}

/** The file has U+2400 and up for control characters, which XML cannot have. */
function withControls(text: string): string {
  return text.replace(/[\u2400-\u2420]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0x2400))
}
