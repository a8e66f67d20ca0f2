import { stripTypeScriptTypes } from 'node:module'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize, relative } from 'node:path'

/** The folder of package.json. */
export const root = dirname(dirname(import.meta.dirname))

/** A TypeScript file of ours, read once for all rules. */
export interface Source {
  /** From the root, with slashes: `src/core/queue/sql.ts`. */
  readonly path: string
  readonly text: string
  /** The text without types and comments, and with what is inside strings and regular expressions blanked. Same length, same lines. */
  readonly code: string
  /** As `code`, but with the strings still there: for rules about what they say. */
  readonly codeWithStrings: string
  readonly isTest: boolean
  readonly imports: readonly Import[]
}

/** One `import` or `export from`, types included. */
export interface Import {
  /** As written: `./x.ts` or `node:fs`. */
  readonly specifier: string
  /** From the root, for a relative one; null for a package. */
  readonly target: string | null
  readonly line: number
}

/** Folders that hold nothing of ours. */
const NOT_OURS = new Set(['node_modules', 'dist', 'data', '.git', 'coverage'])

/** Every file below `folder`, from the root, in a stable order. */
export function filesBelow(folder: string): readonly string[] {
  const found: string[] = []
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (NOT_OURS.has(entry.name) || entry.name.startsWith('.installing')) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) found.push(...filesBelow(path))
    if (entry.isFile()) found.push(path)
  }
  return found.toSorted()
}

/** All TypeScript files below `folders`. */
export function readSources(folders: readonly string[]): readonly Source[] {
  return folders.flatMap(filesBelow).filter((path) => path.endsWith('.ts')).map((path) => parseSource(path, readFileSync(join(root, path), 'utf8')))
}

/** Makes a `Source` of a text, as if it stood at `path`. */
export function parseSource(path: string, text: string): Source {
  const codeWithStrings = blank(text, { strings: 'keep' })
  // Comments go before types: what is left of a comment cannot confuse the rules.
  const code = blank(strip(text), { strings: 'blank' })
  return { path, text, code, codeWithStrings, isTest: path.endsWith('.test.ts'), imports: importsOf(path, codeWithStrings) }
}

/** The line of an offset, from 1. */
export function lineOf(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}

/** A file that does not parse (somebody is writing it) is judged as it stands: the type check will say more. */
function strip(text: string): string {
  try {
    return stripTypeScriptTypes(text, { mode: 'strip' })
  } catch {
    return text
  }
}

function importsOf(path: string, code: string): readonly Import[] {
  const found: Import[] = []
  const patterns = [/\b(?:import|export)\b[^'"`;=()]*?\bfrom\s*(['"])([^'"\n]+)\1/g, /^\s*import\s*(['"])([^'"\n]+)\1/gm, /\bimport\(\s*(['"])([^'"\n]+)\1/g]
  for (const pattern of patterns) {
    for (const match of code.matchAll(pattern)) {
      const specifier = match[2] ?? ''
      const target = specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : null
      found.push({ specifier, target, line: lineOf(code, match.index) })
    }
  }
  return found
}

/** A pattern for the tokens that may hide braces: comments, strings, templates (without nesting), regular expressions. */
const HIDING = new RegExp(
  [
    String.raw`\/\/[^\n]*`,
    String.raw`\/\*[\s\S]*?\*\/`,
    String.raw`'(?:[^'\\\n]|\\[\s\S])*'`,
    String.raw`"(?:[^"\\\n]|\\[\s\S])*"`,
    '`(?:[^`\\\\]|\\\\[\\s\\S])*`',
    // A slash where a value may begin opens a regular expression.
    String.raw`(?<=(?:^|[=(,:;!&|?{}\[\n]|=>|return|case|typeof)[ \t]*)\/(?![*\/])(?:[^\/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*`,
  ].join('|'),
  'g',
)

/**
 * Replaces comments, and if asked the insides of strings, by spaces. Quotes stay, lines stay. An expression inside a template
 * goes with it: nothing that these rules look for belongs there.
 */
function blank(text: string, { strings }: { readonly strings: 'keep' | 'blank' }): string {
  return text.replace(HIDING, (token) => {
    const isComment = token.startsWith('//') || token.startsWith('/*')
    if (isComment) return spaces(token)
    if (strings === 'keep') return token
    return token.charAt(0) + spaces(token.slice(1, -1)) + token.charAt(token.length - 1)
  })
}

function spaces(text: string): string {
  return text.replace(/[^\n]/g, ' ')
}

/** `src/core/queue/sql.ts` -> layer `core`, folder `queue`, name `sql.ts`. Null for what is not below a layer. */
export function placeOf(path: string): { readonly layer: string; readonly folder: string; readonly name: string } | null {
  const [top, layer, ...rest] = path.split('/')
  if (top !== 'src' || layer === undefined || rest.length === 0) return null
  return { layer, folder: rest.length > 1 ? (rest[0] ?? '') : '', name: basename(path) }
}

/** A path for a sentence: short, from `src`. */
export function short(path: string): string {
  return relative('src', path).startsWith('..') ? path : relative('src', path)
}
