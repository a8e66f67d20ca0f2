import type { ExplainedEvent } from '../../core/filter/explain-event.ts'

/** The words beside what is told. */
interface Labels {
  readonly from: string
  readonly to: string
  readonly by: string
  readonly became: string
  readonly why: string
  readonly reply: string
  readonly checks: string
  readonly found: string
  readonly next: string
  readonly score: (score: string, junk: number, reject: number) => string
  readonly anyScore: (score: string) => string
}

const LABELS: Readonly<Record<'en' | 'id', Labels>> = {
  en: {
    from: 'From', to: 'To', by: 'Brought by', became: 'What', why: 'Why', reply: 'Reply', checks: 'Checks that ran:', found: 'What they found, and what the sender would have to change (->):', next: 'What you can do:',
    score: (score, junk, reject) => `It is ${score}; Junk begins at ${junk}, refusal at ${reject}.`,
    anyScore: (score) => `The score did not count: ${score}.`,
  },
  id: {
    from: 'Dari', to: 'Kepada', by: 'Dibawa oleh', became: 'Apa', why: 'Mengapa', reply: 'Jawaban', checks: 'Pemeriksaan yang dijalankan:', found: 'Yang ditemukan, dan yang perlu diubah pengirim (->):', next: 'Yang dapat Anda lakukan:',
    score: (score, junk, reject) => `Skornya ${score}; mulai ${junk} masuk Junk, mulai ${reject} ditolak.`,
    anyScore: (score) => `Skor tidak dihitung: ${score}.`,
  },
}

/** Writes an explanation for people: what became of the message and why, then what was looked at, then what can be done. Control characters are left to `say`. */
export function explanationText(each: ExplainedEvent, locale: 'en' | 'id'): string {
  const { message, at, by, from, to, client, helo, reply, summary, decided, checks, reasons, copies, next } = each
  const labels = LABELS[locale]
  const line = (label: string, text: string): string => `  ${label.padEnd(12)} ${text}`
  return [
    `${message ?? '-'}  ${at}`,
    line(labels.from, from === '' ? '<>' : (from ?? '-')),
    line(labels.to, to.length === 0 ? '-' : to.join(', ')),
    ...(client === null ? [] : [line(labels.by, helo === null ? client : `${client} (${helo})`)]),
    line(labels.became, summary),
    ...copies.map(({ address, about, score: own }) => line('', `${address}: ${about} (${own.toFixed(1)})`)),
    line(labels.why, `${decided}${scoreText(each, labels)}`),
    ...(reply === null ? [] : [line(labels.reply, reply)]),
    ...titled(labels.checks, checks.flatMap(({ check, result, detail, about }) => [`  ${check.padEnd(14)} ${result}${detail === null ? '' : `  ${detail}`}`, `                 ${about}`])),
    ...titled(labels.found, reasons.flatMap((reason) => reasonLines(reason, by))),
    ...titled(labels.next, next.map((step) => `  -> ${step}`)),
  ].join('\n')
}

function scoreText({ by, verdict, score, thresholds }: ExplainedEvent, labels: Labels): string {
  if (by === 'nothing') return ''
  const isDecisive = by === 'score' && verdict !== 'hold'
  return ` ${isDecisive ? labels.score(score.toFixed(1), thresholds.junk, thresholds.reject) : labels.anyScore(score.toFixed(1))}`
}

function titled(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines]
}

function reasonLines({ rule, score, evidence, about, mend }: ExplainedEvent['reasons'][number], by: string): readonly string[] {
  return [
    `  ${score >= 0 ? '+' : '-'}${Math.abs(score).toFixed(1).padStart(5)}  ${rule}${evidence === null ? '' : `  ${evidence}`}`,
    `          ${about}`,
    ...(mend === null || (score === 0 && (by !== 'list' || !rule.startsWith('LISTED_'))) ? [] : [`          -> ${mend}`]), // What weighed nothing need not be mended.
  ]
}
