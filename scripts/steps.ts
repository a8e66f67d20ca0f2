import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { root } from './root.ts'

/** A check that is over: what it was, and whether all was well. */
export interface Step {
  readonly name: string
  readonly passed: boolean
  readonly tookMs: number
}

/** Runs one of the development tools under our own Node, its output going where ours goes. */
export async function runTool(name: string, file: string, args: readonly string[], signal: AbortSignal): Promise<Step> {
  const started = performance.now()
  const child = spawn(process.execPath, [join(root, file), ...args], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], signal })
  const [code] = await once(child, 'exit')
  return { name, passed: code === 0, tookMs: performance.now() - started }
}

/** Types, then lint: what needs no run of the program. */
export async function runStaticChecks(signal: AbortSignal): Promise<readonly Step[]> {
  return [
    await runTool('types', 'node_modules/typescript/bin/tsc', ['-p', '.'], signal),
    await runTool('lint', 'node_modules/oxlint/bin/oxlint', ['--deny-warnings', 'src', 'test', 'scripts', 'bench', 'bin'], signal),
  ]
}

/** One line a step, the failed ones plain to see. */
export function report(steps: readonly Step[]): string {
  return steps.map(({ name, passed, tookMs }) => `${passed ? '✔' : '✖'} ${name} (${(tookMs / 1000).toFixed(1)} s)\n`).join('')
}
