import { textField } from '../../proto/mail/header-write.ts'
import { MAX_REASONS_IN_HEADER } from './limits.ts'
import type { Thresholds, Verdict } from './judge.ts'

/** Fields that only a server at the border may write: those of strangers are left out of what clients see, because rules and programs of users believe them. Lower-case. */
export const VERDICT_FIELDS: ReadonlySet<string> = new Set([
  'x-spam-status', 'x-spam-flag', 'x-spam-score', 'x-spam-level', 'x-spam-report', 'x-spam-checker-version', 'x-merpati-verdict', 'x-merpati-reference',
  'bimi-indicator', 'bimi-location',
])

/**
 * The fields that tell a recipient's programs what was decided, CRLF-terminated: `X-Spam-Status` as many rules of users expect it, and our own with what
 * decided and the reference. Rules that weigh nothing are left to the trace. No evidence: it may come from strangers.
 */
export function verdictFields({ kind, because, score, isTagged, reasons }: Verdict, { junk }: Thresholds, reference: string): string {
  const tests = reasons
    // What weighs nothing need not be carried by every copy, but that a scanner did not look is a mark.
    .filter(({ rule, score: weight }) => (weight !== 0 || rule.endsWith('_DOWN')) && /^[A-Z0-9_]{1,60}$/.test(rule))
    .slice(0, MAX_REASONS_IN_HEADER)
    .map((reason) => `${reason.rule}=${points(reason.score)}`)
  const isSpam = kind !== 'accept'
  const status = [`${isSpam ? 'Yes' : 'No'},`, `score=${points(score)}`, `required=${points(junk)}`, `tests=${tests.length === 0 ? 'none' : tests.join(', ')}`].join(' ')
  const word = isTagged ? 'suspicious' : kind
  return [
    textField('X-Spam-Status', status),
    isSpam ? textField('X-Spam-Flag', 'YES') : '',
    textField('X-Merpati-Verdict', `${word}; by=${because}; score=${points(score)}`),
    textField('X-Merpati-Reference', reference.replace(/[^!-~]/g, '?')),
  ].join('')
}

/** At most two decimals, none that say nothing. */
function points(score: number): string {
  return String(Math.round(score * 100) / 100)
}
