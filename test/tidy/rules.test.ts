import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wrongDirections } from './directions.ts'
import { impureProto, readsOverAwait, restrainedTests, straySql } from './purity.ts'
import { functionsOf, tooLong, wrongExports } from './shape.ts'
import { parseSource } from './source.ts'
import type { Source } from './source.ts'

/** Each rule is shown something it must refuse and something near it that it must let pass. */
interface Example {
  readonly rule: (source: Source) => readonly string[]
  readonly path: string
  readonly refused: string
  readonly passes: string
}

const exportRule = (source: Source): readonly string[] => wrongExports(source, new Set(['src/proto/smtp/index.ts']))
const body = (lines: number): string => `export const f = (a: number): void => {\n${'  a\n'.repeat(lines)}}\n`
// Put together so that the rule on restrained tests does not find it in this file.
const restrained = `test.${'only'}('x', () => {})`

const examples: Readonly<Record<string, Example>> = {
  'base imports nothing above it': { rule: wrongDirections, path: 'src/base/a.ts', refused: `import { x } from '../proto/x.ts'`, passes: `import { x } from './x.ts'` },
  'proto and infra do not know each other': { rule: wrongDirections, path: 'src/proto/smtp/a.ts', refused: `import type {\n  X,\n} from '../../infra/db/x.ts'`, passes: `import { x } from '../mail/x.ts'` },
  'core imports to its left only': { rule: wrongDirections, path: 'src/core/mailbox/a.ts', refused: `import { x } from '../queue/x.ts'`, passes: `import { x } from '../event/x.ts'` },
  'core meets infra in its sql files': { rule: wrongDirections, path: 'src/core/queue/lease.ts', refused: `import { x } from '../../infra/db/x.ts'`, passes: `import { x } from './sql-lease.ts'` },
  'a core folder has a place in the order': { rule: wrongDirections, path: 'src/core/misc/a.ts', refused: '', passes: '' },
  'one driver knows the database package': { rule: wrongDirections, path: 'src/app/a.ts', refused: `import { Pool } from 'pg'`, passes: `import { z } from 'zod'` },
  'the program does not import tests': { rule: wrongDirections, path: 'src/app/a.ts', refused: `import { x } from '../../test/support/x.ts'`, passes: `// import { x } from '../../test/support/x.ts'` },
  'a file ends': { rule: tooLong, path: 'src/app/a.ts', refused: '\n'.repeat(500), passes: '\n'.repeat(499) },
  'a function fits on a screen': { rule: tooLong, path: 'src/app/a.ts', refused: body(69), passes: body(68) },
  'exports have names': { rule: exportRule, path: 'src/app/a.ts', refused: 'export default 1', passes: '/** One. */\nexport const one = 1' },
  'exports have doc comments': { rule: exportRule, path: 'src/app/a.ts', refused: '// One.\nexport const one = 1', passes: '/**\n * One.\n */\nexport const one = 1' },
  'there are no barrels': { rule: exportRule, path: 'src/app/a.ts', refused: `export * from './b.ts'`, passes: `const a = "export * from './b.ts'"` },
  'an index is a face': { rule: exportRule, path: 'src/app/index.ts', refused: '', passes: '' },
  'proto opens no socket': { rule: impureProto, path: 'src/proto/smtp/a.ts', refused: `import net from 'node:net'`, passes: `import { createHash } from 'node:crypto'` },
  'proto has no clock': { rule: impureProto, path: 'src/proto/smtp/a.ts', refused: 'const at = Date.now()', passes: `const at = new Date(0), what = 'Date.now()' // Date.now()` },
  'SQL has its files': { rule: straySql, path: 'src/core/queue/lease.ts', refused: 'const q = `\n  SELECT id FROM delivery`', passes: `const q = 'A1 SELECT INBOX'` },
  'a transaction awaits nothing': { rule: readsOverAwait, path: 'src/core/queue/sql.ts', refused: 'await db.read(async function* (tx) {})', passes: 'await db.read(function* (tx) {})' },
  'nobody opens transactions by hand': { rule: readsOverAwait, path: 'src/app/a.ts', refused: `run('BEGIN IMMEDIATE')`, passes: `say('it will BEGIN soon')` },
  'every test runs': { rule: restrainedTests, path: 'src/app/a.test.ts', refused: restrained, passes: `test('x', () => {})` },
}

/** Examples whose path alone is the fault: the same text passes elsewhere. */
const ELSEWHERE: Readonly<Record<string, string>> = { 'src/core/misc/a.ts': 'src/core/event/a.ts', 'src/app/index.ts': 'src/proto/smtp/index.ts' }

for (const [name, { rule, path, refused, passes }] of Object.entries(examples)) {
  test(`tidy sees to it that ${name}`, () => {
    assert.notDeepEqual(rule(parseSource(path, refused)), [])
    assert.deepEqual(rule(parseSource(ELSEWHERE[path] ?? path, passes)), [])
  })
}

test('functions are found by their braces, and control statements are none', () => {
  const { code } = parseSource('src/app/a.ts', [
    'class A {', // 1
    '  method(a: { b: number }): { c: string } {', // 2
    `    if (a.b > 1) { return { c: '}' } }`, // 3
    '    for await (const x of y(a)) { x(/[}]/) }', // 4
    '    return { c: `}${a.b}` }', // 5
    '  }', // 6
    '}', // 7
    'const f = async (x: number) => {', // 8
    '}', // 9
  ].join('\n'))
  assert.deepEqual(functionsOf(code), [{ from: 2, to: 6 }, { from: 8, to: 9 }])
})
