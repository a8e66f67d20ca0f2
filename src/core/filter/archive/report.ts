/** What was found in an archive, archives inside it counted. */
export interface ArchiveReport {
  /** Names of files, those of archives inside too, in order; the first `MAX_ARCHIVE_FILES`. */
  readonly names: readonly string[]
  readonly isEncrypted: boolean
  /** Is there a part that carries macros of an Office document? */
  readonly hasMacros: boolean
  /** Which limit it goes over; null for none. */
  readonly over: 'depth' | 'files' | 'size' | 'ratio' | null
  /** Was there something that could not be read: damaged, cut, or of another kind? */
  readonly isDamaged: boolean
  /** Headers and bytes that were looked at, for tests: it is bounded by size and limits. */
  readonly steps: number
}

/** A report under way. One serves an attachment and all that is inside it. */
export interface Inspection {
  names: string[]
  isEncrypted: boolean
  hasMacros: boolean
  over: ArchiveReport['over']
  isDamaged: boolean
  steps: number
  files: number
  /** Bytes that all files say they unpack to. */
  expanded: number
  /** Bytes that we may still unpack ourselves. */
  budget: number
}

/** Notes that a limit is passed; the first one is told. */
export function goOver(inspection: Inspection, what: NonNullable<ArchiveReport['over']>): void {
  inspection.over ??= what
}
