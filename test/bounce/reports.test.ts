import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { noteOf } from '../../src/core/bounce/note.ts'
import { readReport } from '../../src/proto/report/read-report.ts'
import type { Report, ReportedRecipient } from '../../src/proto/report/report.ts'
import misses from './known-misses.json' with { type: 'json' }

/** What somebody read in a sample before any code did. */
interface Label {
  readonly file: string
  readonly notABounce?: 'complaint' | 'vacation' | 'auto-reply' | 'other'
  /** Of a complaint. */
  readonly type?: string
  readonly recipients?: readonly { readonly recipient: string; readonly status: string | null; readonly category: string }[]
}

const SAMPLES = join(import.meta.dirname, '../../../shared/data/bounces')
const LABELS: readonly Label[] = readFileSync(join(import.meta.dirname, 'labels.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Label)
const REPORTS = new Map(LABELS.map(({ file }) => [file, readReport(readFileSync(join(SAMPLES, file)))]))

/** The share that has to be right; what is wrong is listed with its reason. */
const REQUIRED = 0.97

describe('295 reports that servers sent', () => {
  test('are told apart: failures, complaints, machines that answer, and other letters', () => {
    holds('kind', isKindRight)
  })
  test('name their recipients', () => {
    holds('recipients', (label) => label.recipients === undefined || namedAll(label))
  })
  test('tell the enhanced status', () => {
    holds('status', (label) => (label.recipients ?? []).every(({ recipient, status }) => isStatus(status, about(label, recipient))))
  })
  test('have a category', () => {
    holds('category', (label) => (label.recipients ?? []).every(({ recipient, category }) => categoryOf(label, recipient) === wordOf(category)))
  })
})

/** What is wrong is exactly what `known-misses.json` lists, and little enough. */
function holds(name: keyof typeof misses, isRight: (label: Label) => boolean): void {
  const wrong = LABELS.filter((label) => !isRight(label)).map(({ file }) => file)
  assert.deepEqual(wrong.toSorted(), Object.keys(misses[name]).toSorted())
  assert.ok(1 - wrong.length / LABELS.length >= REQUIRED)
}

function reportOf({ file }: Label): Report {
  const report = REPORTS.get(file)
  assert.ok(report !== undefined)
  return report
}

function isKindRight(label: Label): boolean {
  const report = reportOf(label)
  const failed = report.kind === 'delivery' && report.recipients.some(({ action }) => action === 'failed' || action === 'delayed')
  if (label.notABounce === undefined) return failed
  if (label.notABounce === 'complaint') return report.kind === 'feedback' && report.type === label.type
  return label.notABounce === 'other' ? !failed : report.kind === 'auto-reply'
}

function recipientsOf(label: Label): readonly ReportedRecipient[] {
  const report = reportOf(label)
  return report.kind === 'delivery' ? report.recipients : []
}

/** A report may name the address it was sent to and the one it was passed on to: either will do. */
function about(label: Label, address: string): ReportedRecipient | undefined {
  return recipientsOf(label).find(({ recipient, original }) => [recipient, original].some((each) => each?.toLowerCase() === address.toLowerCase()))
}

function namedAll(label: Label): boolean {
  const wanted = label.recipients ?? []
  return wanted.length === recipientsOf(label).length && wanted.every(({ recipient }) => about(label, recipient) !== undefined)
}

/** `x.0.0` says nothing: what the words say instead counts as right. RFC 3463 §3.1. */
function isStatus(wanted: string | null, told: ReportedRecipient | undefined): boolean {
  return told !== undefined && (told.status === wanted || (wanted !== null && /^[45]\.0\.0$/.test(wanted) && told.status !== null))
}

function categoryOf(label: Label, recipient: string): string | null {
  const note = noteOf(reportOf(label), recipient, null)
  return note.kind === 'reported' ? note.action : note.category
}

/** Labels were written with the two names that the categories table gives this one. */
function wordOf(category: string): string {
  return category === 'route-error' ? 'relay-denied' : category
}
