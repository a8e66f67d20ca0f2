import { lineOf, placeOf, short } from './source.ts'
import type { Source } from './source.ts'

/** Cut a file where its subject changes. Tests too. */
export const MAX_FILE_LINES = 500

/** Functions are read on one screen. A test's body is a story and may be longer. */
export const MAX_FUNCTION_LINES = 70

/** Words before a parenthesis that make `) {` a control statement and no function. */
const CONTROL = new Set(['if', 'for', 'while', 'switch', 'catch', 'with', 'await'])

/** Files and functions that are too long. */
export function tooLong(source: Source): readonly string[] {
  const lines = source.text.split('\n').length
  const faults = lines > MAX_FILE_LINES ? [`${short(source.path)}: ${lines} lines, over ${MAX_FILE_LINES}: cut it where the subject changes`] : []
  if (source.isTest) return faults
  for (const { from, to } of functionsOf(source.code)) {
    const length = to - from + 1
    if (length > MAX_FUNCTION_LINES) faults.push(`${short(source.path)}:${from}: a function of ${length} lines, over ${MAX_FUNCTION_LINES}`)
  }
  return faults
}

/** Where functions with a body begin and end, by line. Finds them by their braces, in code without types, comments and strings. */
export function functionsOf(code: string): readonly { readonly from: number; readonly to: number }[] {
  const found: { from: number; to: number }[] = []
  const open: { readonly headAt: number | null }[] = []
  for (let at = 0; at < code.length; at++) {
    if (code[at] === '{') open.push({ headAt: headBefore(code, at) })
    if (code[at] !== '}') continue
    const headAt = open.pop()?.headAt ?? null
    if (headAt !== null) found.push({ from: lineOf(code, headAt), to: lineOf(code, at) })
  }
  return found
}

/** Where the parameters of the function begin whose body opens at `brace`, or null when it is no function's body. */
function headBefore(code: string, brace: number): number | null {
  const before = code.slice(Math.max(0, brace - 2000), brace).trimEnd()
  if (before.endsWith('=>')) return brace
  if (!before.endsWith(')')) return null
  let depth = 0
  let at = before.length - 1
  for (; at >= 0; at--) {
    if (before[at] === ')') depth++
    if (before[at] === '(') depth--
    if (depth === 0) break
  }
  const word = /([A-Za-z_$][\w$]*)\s*$/.exec(before.slice(0, Math.max(0, at)))?.[1] ?? ''
  return CONTROL.has(word) ? null : brace - (before.length - Math.max(0, at))
}

/** Exports as the house wants them: named, documented, at home. */
export function wrongExports(source: Source, faces: ReadonlySet<string>): readonly string[] {
  const faults: string[] = []
  const say = (line: number, fault: string): void => void faults.push(`${short(source.path)}:${line}: ${fault}`)
  for (const { index } of source.code.matchAll(/^export default\b/gm)) say(lineOf(source.code, index), 'name what you export')
  const isFace = source.path.endsWith('/index.ts') && faces.has(source.path)
  for (const { index } of source.codeWithStrings.matchAll(/^export (?:type )?(?:\*|\{[^}]*\}) *from/gm)) {
    if (!isFace) say(lineOf(source.codeWithStrings, index), 'no barrels: import it where it lives')
  }
  if (source.path.endsWith('/index.ts') && !isFace) say(1, 'index.ts is for faces that package.json lists in exports')
  if (placeOf(source.path) !== null && !source.isTest) for (const line of undocumented(source.text)) say(line, 'an export without a doc comment')
  return faults
}

/** Lines of exported declarations that do not follow a doc comment. Later overloads of a function need none. */
function undocumented(text: string): readonly number[] {
  const lines = text.split('\n')
  const found: number[] = []
  const documented = new Set<string>()
  for (const [index, line] of lines.entries()) {
    const name = /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|let|class|interface|type) ?\*?\s*([\w$]+)/.exec(line)?.[1]
    if (name === undefined) continue
    if (lines[index - 1]?.trimEnd().endsWith('*/') === true) documented.add(name)
    if (!documented.has(name)) found.push(index + 1)
  }
  return found
}
