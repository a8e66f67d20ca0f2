/** One line of the table: what was measured, of us and of a peer in the same run. */
export interface Figure {
  readonly name: string
  readonly unit: string
  readonly ours: number
  /** Null when there is nobody to compare with. */
  readonly peer: { readonly name: string; readonly value: number } | null
  /** What architecture §8 asks, or null for a figure that is only shown. */
  readonly goal: Goal | null
  /** What else should be known: CPU, spread, backlog. */
  readonly note: string
}

/** A goal on the ratio of us to the peer, or on our own value. */
export type Goal =
  | { readonly kind: 'times-peer'; readonly atLeast: number }
  | { readonly kind: 'at-most'; readonly limit: number }
  | { readonly kind: 'at-least'; readonly limit: number }
  | { readonly kind: 'no-slower' }

/** What a row of the benchmark is given. */
export interface BenchOptions {
  /** Measured rounds of each side; one more runs before them and is thrown away. */
  readonly rounds: number
  /** Says what is going on, to stderr. */
  readonly say: (text: string) => void
}

/** A row: measures and gives its figures. */
export type Row = (options: BenchOptions) => Promise<readonly Figure[]>

/** The middle value; of an even number of values, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2
}

/** Lowest and highest, for a note: `1203-1410`. */
export function spread(values: readonly number[]): string {
  return `${format(Math.min(...values))}-${format(Math.max(...values))}`
}

/** Our value in terms of the peer's, in the direction in which more is better for rates; null without a peer, or when the peer has none of it. */
export function ratio({ ours, peer }: Figure): number | null {
  return peer === null || peer.value === 0 ? null : ours / peer.value
}

/** Whether the goal is met; null when there is none. */
export function isMet(figure: Figure): boolean | null {
  const { goal, ours, peer } = figure
  if (goal === null) return null
  switch (goal.kind) {
    case 'times-peer': return (ratio(figure) ?? 0) >= goal.atLeast
    case 'at-most': return ours <= goal.limit
    case 'at-least': return ours >= goal.limit
    case 'no-slower': return peer !== null && ours <= peer.value
  }
}

/** A number with three digits that mean something. */
export function format(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0)
  if (Math.abs(value) >= 10) return value.toFixed(1)
  return value.toFixed(value >= 1 ? 2 : 3)
}

/** A table in Markdown. */
export function table(figures: readonly Figure[]): string {
  const lines = figures.map((figure) => {
    const { name, unit, ours, peer, note } = figure
    const times = ratio(figure)
    const cells = [
      name,
      `${format(ours)} ${unit}`,
      peer === null ? '' : `${format(peer.value)} ${unit} (${peer.name})`,
      times === null ? '' : `${format(times)}x`,
      goalText(figure),
      note,
    ]
    return `| ${cells.join(' | ')} |`
  })
  return ['| what | Merpati | peer | ratio | goal | notes |', '|---|---|---|---|---|---|', ...lines].join('\n')
}

function goalText(figure: Figure): string {
  const { goal, unit } = figure
  if (goal === null) return ''
  const met = isMet(figure) === true ? 'met' : 'MISSED'
  switch (goal.kind) {
    case 'times-peer': return `>= ${goal.atLeast}x: ${met}`
    case 'at-most': return `<= ${goal.limit} ${unit}: ${met}`
    case 'at-least': return `>= ${goal.limit} ${unit}: ${met}`
    case 'no-slower': return `no slower: ${met}`
  }
}
