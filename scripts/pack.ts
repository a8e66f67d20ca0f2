import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { watchLifeline } from '../src/app/lifeline.ts'
import { root } from './root.ts'

/**
 * `prepack`: makes `dist/` of `src/`, because Node strips no types below `node_modules`. Types become spaces, so lines
 * and columns in a stack are those of the source; everything that is not TypeScript is copied.
 */
const OUT = join(root, 'dist')

/** A relative path to one of our files, in quotes: in an import, an export or `new URL('./worker.ts', import.meta.url)`. */
const OWN_FILE = /(['"`])(\.{1,2}\/[^'"`\n$]*)\.ts\1/g

watchLifeline(() => process.exit(1))
rmSync(OUT, { recursive: true, force: true })
const files = globSync('src/**/*', { cwd: root, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
  .map((entry) => relative(join(root, 'src'), join(entry.parentPath, entry.name)))
for (const file of files) pack(file)
for (const file of files.filter((name) => name.endsWith('.ts'))) check(file)
process.stdout.write(`dist: ${files.length} files\n`)

function pack(file: string): void {
  const from = join(root, 'src', file)
  const to = join(OUT, file)
  mkdirSync(dirname(to), { recursive: true })
  if (!file.endsWith('.ts')) {
    cpSync(from, to)
    return
  }
  const code = stripTypeScriptTypes(readFileSync(from, 'utf8'), { mode: 'strip' })
  writeFileSync(to.replace(/\.ts$/, '.js'), code.replace(OWN_FILE, '$1$2.js$1'))
}

/** A path that was put together some other way would fail at a customer's, not here: look for what the pattern missed. */
function check(file: string): void {
  const path = join(OUT, file.replace(/\.ts$/, '.js'))
  const code = readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  const missed = /\.ts['"`]/.exec(code)
  if (missed !== null) throw new Error(`src/${file} names a .ts file in a way that packing does not understand: ${code.slice(Math.max(0, missed.index - 60), missed.index + 4)}`)
  for (const [, specifier = ''] of code.matchAll(/\bfrom\s+['"](\.[^'"]+)['"]/g)) {
    if (!existsSync(join(dirname(path), specifier))) throw new Error(`src/${file} imports ${specifier}, which is not packed`)
  }
}
