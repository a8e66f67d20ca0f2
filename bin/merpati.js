#!/usr/bin/env node
// Starts Merpati under the Node it is made for, installing what is missing first.
//
// This file and the ones it imports are plain JavaScript that old Nodes can read: whoever has Node 18 and npm gets the
// pinned runtime, or a sentence that says what to do. Everything else is in src/ (in an installed package: dist/).
//
//   bin/merpati.js demo                       runs the program
//   bin/merpati.js --script scripts/test.ts   runs one of the project's own scripts, with its development tools

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureInstalled } from './install.js'
import { findRuntime, runUnderLifeline } from './runtime.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const fromSource = existsSync(join(root, 'src', 'main.ts')) || existsSync(join(root, 'package-lock.json'))
const asked = process.argv.slice(2)
const isScript = asked[0] === '--script'

try {
  if (isScript && asked[1] === undefined) throw new Error('--script needs the name of a file')
  if (fromSource) await ensureInstalled(root, { withTools: isScript })
  const main = fromSource ? join('src', 'main.ts') : join('dist', 'main.js')
  const entry = join(root, isScript ? asked[1] : main)
  if (!existsSync(entry)) throw new Error(`${entry} does not exist`)
  runUnderLifeline(findRuntime(root), [entry, ...asked.slice(isScript ? 2 : 0)])
} catch (error) {
  process.stderr.write(`merpati: ${error.message}\n`)
  process.exitCode = 2
}
