import type { FeedbackType, Report, ReportedRecipient } from '../../proto/report/report.ts'
import type { Category } from '../pool/category.ts'
import { foldAddress } from '../suppression/suppression.ts'
import { classify } from './classify.ts'

/** What a message that came to a return path means for its delivery. */
export interface Note {
  /**
   * `bounced`: it failed after all. `reported`: it is delayed, delivered or passed on elsewhere, as `action` says. `complained`: its recipient calls it
   * unwanted. `answered`: somebody or something wrote back.
   */
  readonly kind: 'bounced' | 'reported' | 'complained' | 'answered'
  readonly category: Category | null
  /** What the last try met, of a message that was given up because its time was over (`expired`); null for all others. */
  readonly underlying: Category | null
  /** Enhanced status code; null when none was told. */
  readonly status: string | null
  /** The words of the server, or of the report. One line. */
  readonly reply: string
  readonly host: string | null
  /** Which rule found the category. */
  readonly rule: string | null
  /** The word of the report: `failed`, `delayed`, ..., `abuse`, `vacation`. */
  readonly action: string
}

/** What a report says of the delivery to `recipient`. `provider` is the key of the provider that serves it, or null. */
export function noteOf(report: Report, recipient: string, provider: string | null): Note {
  switch (report.kind) {
    case 'delivery':
      return noteOfDelivery(aboutOf(report.recipients, recipient), provider)
    case 'feedback':
      return { ...NOTHING, kind: 'complained', category: isComplaint(report.type) ? 'complaint' : null, action: report.type }
    case 'auto-reply':
      return { ...NOTHING, category: 'auto-reply', reply: report.why, action: 'auto-reply' }
    case 'challenge':
      return { ...NOTHING, category: 'challenge', action: 'challenge' }
    case 'unsubscribe':
      return { ...NOTHING, category: 'unsubscribe', action: 'unsubscribe' }
    case 'disposition':
      return { ...NOTHING, action: report.disposition }
    case 'reply':
      return { ...NOTHING, action: 'reply' }
    case 'unclassified':
      return { ...NOTHING, category: 'unclassified', action: 'unclassified' }
  }
}

const NOTHING: Note = { kind: 'answered', category: null, underlying: null, status: null, reply: '', host: null, rule: null, action: '' }

/** RFC 5965 §3.1, RFC 6430: `not-spam` is praise, and `auth-failure` speaks of our DNS. */
function isComplaint(type: FeedbackType): boolean {
  return type === 'abuse' || type === 'opt-out'
}

/** A report may speak of several. Ours is the one it names; else the only one; else one that failed. */
function aboutOf(recipients: readonly ReportedRecipient[], recipient: string): ReportedRecipient | null {
  const own = foldAddress(recipient)
  const named = recipients.find((each) => [each.recipient, each.original].some((address) => address !== null && foldAddress(address) === own))
  return named ?? recipients.find(({ action }) => action === 'failed') ?? recipients[0] ?? null
}

function noteOfDelivery(about: ReportedRecipient | null, provider: string | null): Note {
  if (about === null) return { ...NOTHING, category: 'unclassified', action: 'unclassified' }
  const { action, status, code, text, host } = about
  const told = { status, reply: text, host, action }
  if (action !== 'failed') return { ...told, kind: 'reported', category: null, underlying: null, rule: null }
  const { category, rule, lasting } = classify({ provider, code, status, text })
  // A failure for now that is final: the server that tells of it has stopped trying. deliverability §4.3.
  const isOver = !lasting && (status ?? String(code)).startsWith('4')
  return isOver && category !== 'expired' ? { ...told, kind: 'bounced', category: 'expired', underlying: category, rule } : { ...told, kind: 'bounced', category, underlying: null, rule }
}
