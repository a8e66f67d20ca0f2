import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { filesBelow, root } from '../tidy/source.ts'

const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** A metric where it is registered: what kind it is, its name, and its labels. */
const REGISTERED = /metrics\.(counter|gauge|measured|histogram)\(\s*'(merpati_\w+)',\s*'[^']*'(?:,\s*\[([^\]]*)\])?/g

/** The labels of every series that the program tells, by its name. */
function registered(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const path of filesBelow('src').filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))) {
    for (const [, kind, name = '', listed = ''] of read(path).matchAll(REGISTERED)) {
      const labels = [...listed.matchAll(/'(\w+)'/g)].map(([, label = '']) => label)
      if (kind !== 'histogram') found.set(name, labels)
      else for (const [end, more] of [['bucket', ['le']], ['sum', []], ['count', []]] as const) found.set(`${name}_${end}`, [...labels, ...more])
    }
  }
  return found
}

/** What is wrong with the names and labels of an expression of PromQL. */
function faultsIn(expression: string, known: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const names = [...expression.matchAll(/\bmerpati_\w+/g)].map(([name]) => name)
  // Prometheus adds `instance` and `job` itself.
  const labels = new Set(['instance', 'job', ...names.flatMap((name) => known.get(name) ?? [])])
  const used = [
    ...[...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', ')),
    ...[...expression.matchAll(/\{([^}]*)\}/g)].flatMap(([, list = '']) => [...list.matchAll(/(\w+)(?:=~|!=|=)"/g)].map(([, label = '']) => label)),
  ]
  return [...(names.length === 0 ? [`${expression}: no metric`] : []), ...names.filter((name) => !known.has(name)), ...used.filter((label) => !labels.has(label)).map((label) => `${expression}: no label ${label}`)]
}

interface Board {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[]
}

test('the dashboard shows only metrics that the program tells, by labels that they have', () => {
  const known = registered()
  const { panels } = JSON.parse(read('deploy/grafana-dashboard.json')) as Board
  assert.ok(panels.length > 0)
  assert.deepEqual(panels.flatMap(({ title, targets }) => targets.flatMap(({ expr }) => faultsIn(expr, known).map((fault) => `${title}: ${fault}`))), [])
})

test('every alert rule asks only for metrics that the program tells, and says how bad it is and what is wrong', () => {
  const known = registered()
  const rules = read('deploy/prometheus-rules.yaml').split(/^ {6}- alert: /m).slice(1)
  assert.ok(rules.length > 0)
  for (const rule of rules) {
    const parts = /^\w+\n {8}expr: '([^'\n]+)'\n {8}for: \d+[mh]\n {8}labels:\n {10}severity: (?:warning|high|critical)\n {8}annotations:\n {10}summary: '[^'\n]+'\n$/.exec(rule)
    assert.deepEqual(faultsIn(parts?.[1] ?? rule, known), [])
    assert.ok(parts !== null, rule)
  }
})

test('a metric or a label that does not exist would be found', () => {
  const known = registered()
  assert.deepEqual(faultsIn('sum(merpati_nothing_total)', known), ['merpati_nothing_total'])
  assert.equal(faultsIn('sum by (recipient) (merpati_bounces_total{domain="x"})', known).length, 2)
})

test('the page for operators lists every metric', () => {
  const page = read('docs/operate.md')
  const listed = page.slice(page.indexOf('### Metrics'), page.indexOf('### Traces'))
  const names = [...registered().keys()].map((name) => name.replace(/_(?:bucket|sum|count)$/, ''))
  assert.deepEqual(names.filter((name) => !listed.includes(`\`${name}\``)), [])
})
