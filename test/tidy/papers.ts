import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { filesBelow, root } from './source.ts'

/** Pieces of words are joined here so that this file does not hold what it forbids. */
const word = (...pieces: readonly string[]): string => pieces.join('')

/** Nothing in the repository says where, or with what, it was written. */
const FORBIDDEN: readonly RegExp[] = [
  new RegExp(word('(^|[\\s\'"`(=:])', '/(wo', 'rk|ro', 'ot)/'), 'm'),
  /(^|[\s'"`(=:])\/home\/(?!user\b|alice\b)[a-z]+\//m,
  new RegExp(word('regis', 'try\\.[a-z]+js\\.org|npm', 'js\\.com'), 'i'),
  new RegExp(word('\\b(cla', 'ude|anth', 'ropic|chat', 'gpt|open', 'ai|cop', 'ilot|language mo', 'del|AI assis', 'tant)\\b'), 'i'),
]

/** Text we did not write, or that others check byte by byte. */
const NOT_READ = /\.(png|jpg|ico|woff2|gz|zip|eml|db|pem|der)$|(^|\/)LICENSE$/

/** Files that hold a forbidden word. */
export function forbiddenWords(): readonly string[] {
  const faults: string[] = []
  for (const path of filesBelow('.').filter((file) => !NOT_READ.test(file))) {
    const text = readFileSync(join(root, path), 'utf8')
    for (const pattern of FORBIDDEN) {
      const found = pattern.exec(text)
      if (found !== null) faults.push(`${path}:${text.slice(0, found.index).split('\n').length}: ${found[0].trim()}`)
    }
  }
  return faults
}

/** Links in our Markdown that lead nowhere: to a file or to a heading that is not there. */
export function brokenLinks(): readonly string[] {
  const faults: string[] = []
  for (const path of filesBelow('.').filter((file) => file.endsWith('.md'))) {
    const text = readFileSync(join(root, path), 'utf8').replace(/^```[\s\S]*?^```/gm, '')
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue
      const [file = '', heading] = target.split('#')
      const full = file === '' ? path : join(dirname(path), file)
      if (!existsSync(join(root, full))) faults.push(`${path}: ${target} is not there`)
      else if (heading !== undefined && full.endsWith('.md') && !headingsOf(full).has(heading)) faults.push(`${path}: ${full} has no heading #${heading}`)
    }
  }
  return faults
}

/** Paths of ours that a page names in code type and that do not exist. A page claims only what is there. */
export function missingPaths(): readonly string[] {
  const faults: string[] = []
  for (const path of filesBelow('.').filter((file) => file.endsWith('.md'))) {
    const text = readFileSync(join(root, path), 'utf8')
    for (const [, named = ''] of text.matchAll(/`((?:src|test|scripts|bin|docs|deploy|bench)\/[\w./-]+)`/g)) {
      if (!existsSync(join(root, named))) faults.push(`${path}: ${named} is not there`)
    }
  }
  return faults
}

function headingsOf(path: string): ReadonlySet<string> {
  const text = readFileSync(join(root, path), 'utf8')
  const slug = (title: string): string => title.toLowerCase().replace(/[^\w\- ]/g, '').trim().replace(/ /g, '-')
  return new Set([...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => slug(title)))
}

/** The parts of package.json that these rules look at. */
interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, unknown>>
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
}

/** Dependencies without an exact version, or without their line in docs/dependencies.md; and lines without a dependency. */
export function unexplainedDependencies(): readonly string[] {
  const { dependencies, devDependencies, optionalDependencies } = manifest()
  const versions = { ...dependencies, ...devDependencies, ...optionalDependencies }
  const page = readFileSync(join(root, 'docs/dependencies.md'), 'utf8')
  const explained = new Set([...page.matchAll(/^\| `([^`]+)`/gm)].map(([, name = '']) => name))
  return [
    ...Object.entries(versions).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)).map(([name, version]) => `package.json: ${name} ${version} is not exact`),
    ...Object.keys(versions).filter((name) => !explained.has(name)).map((name) => `docs/dependencies.md: no line for ${name}`),
    ...[...explained].filter((name) => versions[name] === undefined).map((name) => `docs/dependencies.md: ${name} is no dependency`),
  ]
}

/** What `npm ci` refuses in a fresh clone: a package that the lockfile names as needed and does not hold. */
export function holesInLockfile(): readonly string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { readonly packages: Readonly<Record<string, Manifest>> }
  const faults: string[] = []
  for (const [path, { dependencies, optionalDependencies }] of Object.entries(lock.packages)) {
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const isHeld = lock.packages[`${path}/node_modules/${name}`] !== undefined || lock.packages[`node_modules/${name}`] !== undefined
      if (!isHeld) faults.push(`package-lock.json: ${path || 'the project'} needs ${name}, which has no entry: npm ci fails in a fresh clone`)
    }
  }
  return faults
}

/** Source files that package.json offers to others: they may gather exports. */
export function faces(): ReadonlySet<string> {
  const targets = JSON.stringify(manifest().exports ?? {}).match(/\.\/dist\/[^"]+\.js/g) ?? []
  return new Set(targets.map((target) => target.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts')))
}
