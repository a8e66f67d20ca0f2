import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { noteOf } from '../../src/core/bounce/note.ts'
import { readReport } from '../../src/proto/report/read-report.ts'
import type { Report, ReportedRecipient } from '../../src/proto/report/report.ts'
import misses from './bounces/known-misses.json' with { type: 'json' }
import { type Suite, Tally } from './suite.ts'

/** What somebody read in a sample before any code did. */
interface Label {
  readonly file: string
  readonly notABounce?: 'complaint' | 'vacation' | 'auto-reply' | 'other'
  /** Of a complaint. */
  readonly type?: string
  readonly recipients?: readonly { readonly recipient: string; readonly status: string | null; readonly category: string }[]
}

/** A label, and what we read in its sample. */
interface Sample {
  readonly label: Label
  readonly report: Report
}

/** What has to be right of a sample. */
const ASPECTS: Readonly<Record<keyof typeof misses, (sample: Sample) => boolean>> = {
  kind: isKindRight,
  recipients: (sample) => sample.label.recipients === undefined || namedAll(sample),
  status: (sample) => (sample.label.recipients ?? []).every(({ recipient, status }) => isStatus(status, about(sample, recipient))),
  category: ({ label, report }) => (label.recipients ?? []).every(({ recipient, category }) => categoriesOf(report, recipient).includes(wordOf(category))),
}

/**
 * Reports that servers sent: what was read in each by eye stands in `bounces/labels.jsonl`. A test for each sample and aspect. What we get wrong is listed in
 * `bounces/known-misses.json` with its reason and counts as on purpose; a listed one that we get right has failed too.
 */
export const bounces: Suite = {
  name: 'bounces',
  folder: 'bounces',
  async run(folder) {
    const tally = new Tally()
    const labels = readFileSync(join(import.meta.dirname, 'bounces/labels.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Label)
    for (const label of labels) {
      const sample = { label, report: readReport(readFileSync(join(folder, label.file))) }
      for (const [aspect, isRight] of Object.entries(ASPECTS)) {
        const isKnown = Object.hasOwn(misses[aspect as keyof typeof misses], label.file)
        if (isKnown && !isRight(sample)) tally.differ()
        else tally.count(`${label.file}, ${aspect}`, wrongOf(isKnown, isRight(sample)))
      }
    }
    return tally.result()
  },
}

function wrongOf(isKnown: boolean, isRight: boolean): string | null {
  if (isKnown) return 'listed as wrong, and right'
  return isRight ? null : 'not what was read by eye'
}

function isKindRight({ label, report }: Sample): boolean {
  const failed = report.kind === 'delivery' && report.recipients.some(({ action }) => action === 'failed' || action === 'delayed')
  if (label.notABounce === undefined) return failed
  if (label.notABounce === 'complaint') return report.kind === 'feedback' && report.type === label.type
  return label.notABounce === 'other' ? !failed : report.kind === 'auto-reply'
}

function recipientsOf({ report }: Sample): readonly ReportedRecipient[] {
  return report.kind === 'delivery' ? report.recipients : []
}

/** A report may name the address it was sent to and the one it was passed on to: either will do. */
function about(sample: Sample, address: string): ReportedRecipient | undefined {
  return recipientsOf(sample).find(({ recipient, original }) => [recipient, original].some((each) => each?.toLowerCase() === address.toLowerCase()))
}

function namedAll(sample: Sample): boolean {
  const wanted = sample.label.recipients ?? []
  return wanted.length === recipientsOf(sample).length && wanted.every(({ recipient }) => about(sample, recipient) !== undefined)
}

/** `x.0.0` says nothing: what the words say instead counts as right. RFC 3463 §3.1. */
function isStatus(wanted: string | null, told: ReportedRecipient | undefined): boolean {
  return told !== undefined && (told.status === wanted || (wanted !== null && /^[45]\.0\.0$/.test(wanted) && told.status !== null))
}

/** Of what was given up because its time was over, a reader names that or what the last try met: either will do. */
function categoriesOf(report: Report, recipient: string): readonly (string | null)[] {
  const { kind, action, category, underlying } = noteOf(report, recipient, null)
  return kind === 'reported' ? [action] : [category, underlying]
}

/** Labels were written with the two names that the categories table gives this one. */
function wordOf(category: string): string {
  return category === 'route-error' ? 'relay-denied' : category
}
