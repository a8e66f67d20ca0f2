/** Exit codes, the same for every command. */
export const EXIT = {
  /** The command was understood and could not be done: it is there already, it is not there. */
  failed: 1,
  /** Wrong arguments or configuration, or what is needed is in use: nothing was started. */
  wrong: 2,
} as const

/** Says in one line what is wrong, on stderr, and makes the process end with `code`. */
export function complain(what: string, code: number = EXIT.wrong): void {
  remark(what)
  process.exitCode = code
}

/** Says something beside the answer, on stderr, so that stdout stays what a program expects. */
export function remark(what: string): void {
  process.stderr.write(`merpati: ${what}\n`)
}

/** How a command answers: JSON for programs, a table for people. */
export interface Said {
  readonly json?: boolean
}

/** Prints rows: one JSON array, or aligned columns under their names. */
export function sayRows(rows: readonly Readonly<Record<string, unknown>>[], { json }: Said, whenEmpty: string): void {
  if (json === true) return say(JSON.stringify(rows, null, 2))
  if (rows.length === 0) return say(whenEmpty)
  const names = Object.keys(rows[0] ?? {})
  const cells = [names.map((name) => name.toUpperCase()), ...rows.map((row) => names.map((name) => shown(row[name])))]
  const widths = names.map((_, i) => cells.reduce((width, line) => Math.max(width, (line[i] ?? '').length), 0))
  say(cells.map((line) => line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ').trimEnd()).join('\n'))
}

/** Prints one thing with all that is known of it: a JSON object, or a table of one row. */
export function sayRow(row: Readonly<Record<string, unknown>>, { json }: Said): void {
  if (json === true) return say(JSON.stringify(row, null, 2))
  sayRows([row], {}, '')
}

/** Prints one result: a JSON object, or a sentence. */
export function sayOne(value: Readonly<Record<string, unknown>>, sentence: string, { json }: Said): void {
  say(json === true ? JSON.stringify(value, null, 2) : sentence)
}

/** Prints a line. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return '-'
  return Array.isArray(value) ? value.join(' ') : String(value)
}
