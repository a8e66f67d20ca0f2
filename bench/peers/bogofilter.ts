import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { benchFolder } from '../tool/wait.ts'

/** What bogofilter says of a message: Spam, Ham or Unsure, by its own cutoffs, and its number. */
export interface BogofilterVerdict {
  readonly says: 'S' | 'H' | 'U'
  readonly spamicity: number
}

/** Trains Debian's bogofilter, with its defaults, on files of both classes, and asks it for the others, in their order. */
export function bogofilter(files: { readonly spam: readonly string[]; readonly ham: readonly string[]; readonly ask: readonly string[] }): readonly BogofilterVerdict[] {
  const folder = mkdtempSync(join(benchFolder(), 'merpati-bogofilter-'))
  try {
    run(folder, ['-s', '-b'], files.spam)
    run(folder, ['-n', '-b'], files.ham)
    const lines = run(folder, ['-T', '-b'], files.ask).trim().split('\n')
    if (lines.length !== files.ask.length) throw new Error(`bogofilter answered ${lines.length} of ${files.ask.length}`)
    return lines.map((line) => {
      const [, says, spamicity] = /\b([SHU]) (\d(?:\.\d+)?(?:e-\d+)?)$/.exec(line) ?? []
      if (says === undefined) throw new Error(`bogofilter said: ${line}`)
      return { says: says as BogofilterVerdict['says'], spamicity: Number(spamicity) }
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The version that is installed. Throws when there is none, with what to do. */
export function bogofilterVersion(): string {
  const { error, stdout } = spawnSync('bogofilter', ['-V'], { encoding: 'utf8' })
  if (error !== undefined) throw new Error('no bogofilter here: apt-get install --no-install-recommends bogofilter', { cause: error })
  return /version (\S+)/.exec(stdout)?.[1] ?? '?'
}

/** Exit codes 0 to 2 are answers; 3 is an error. bogofilter(1). */
function run(folder: string, args: readonly string[], files: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('bogofilter', ['-C', '-d', folder, ...args], { encoding: 'utf8', input: `${files.join('\n')}\n`, maxBuffer: 2 ** 26 })
  if (status === null || status > 2) throw new Error(`bogofilter ${args.join(' ')} failed: ${stderr}`)
  return stdout
}
