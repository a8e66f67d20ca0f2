import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { registeredDomain } from '../../src/core/filter/registered-domain.ts'
import { parseDomain } from '../../src/proto/mail/domain.ts'
import { type Suite, Tally } from './suite.ts'

/** The tests of the public suffix list, for our way of asking tldts. Names are compared as A-labels, the only form that we use. */
export const psl: Suite = {
  name: 'psl',
  folder: 'psl',
  async run(folder) {
    const tally = new Tally()
    for (const [, given = '', expected = ''] of readFileSync(join(folder, 'test_psl.txt'), 'utf8').matchAll(/^checkPublicSuffix\((.*), (.*)\);/gm)) {
      const host = textOf(given)
      const wanted = textOf(expected)
      const got = host === null ? null : registeredDomain(host)
      tally.count(given, got === (wanted === null ? null : parseDomain(wanted)) ? null : `wanted ${expected}, got ${String(got)}`)
    }
    return tally.result()
  },
}

function textOf(literal: string): string | null {
  return literal === 'null' ? null : literal.slice(1, -1)
}
