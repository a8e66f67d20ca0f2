import type { Buffer } from 'node:buffer'
import { asBuffer } from '../../proto/mail/bytes.ts'
import { MAX_HEAD_BYTES } from './limits.ts'
import { ANDROID_EXTENSIONS, BLOCKED_EXTENSIONS, HARMLESS_EXTENSIONS, MACRO_EXTENSIONS } from './table/blocked.ts'

/** What a file is by its first bytes; null for what has no mark, such as text and scripts. */
export type FileKind = 'program' | 'shortcut' | 'disk' | 'cabinet' | 'zip' | 'gzip' | 'tar' | 'rar' | '7z' | 'ole' | 'pdf' | 'mail' | null

/** Marks at the beginning of files, in Latin-1. */
const MARKS: readonly (readonly [mark: string, kind: FileKind])[] = [
  ['MZ', 'program'],
  ['\x7fELF', 'program'],
  ['\xcf\xfa\xed\xfe', 'program'],
  ['\xce\xfa\xed\xfe', 'program'],
  ['\xca\xfe\xba\xbe', 'program'],
  ['L\0\0\0\x01\x14\x02\0', 'shortcut'],
  ['vhdxfile', 'disk'],
  ['conectix', 'disk'],
  ['MSCF\0\0\0\0', 'cabinet'],
  ['PK\x03\x04', 'zip'],
  ['PK\x05\x06', 'zip'],
  ['\x1f\x8b\x08', 'gzip'],
  ['Rar!\x1a\x07', 'rar'],
  ["7z\xbc\xaf'\x1c", '7z'],
  ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'ole'],
  ['%PDF-', 'pdf'],
]

const TAR_MARK_AT = 257
/** ISO 9660 begins after 16 sectors. */
const ISO_MARK_AT = 0x8001

/** Header fields, folded or not, of which one speaks of MIME: a message without it has no files. Programs pass over the first line of an mbox. */
const MAIL = /^(?:>?From [^\n]*\n)?(?:[!-9;-~]{1,77}[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*)*?(?:content-type|mime-version)[ \t]*:/i

/** Tells a file by its first bytes; more of them tell more: a disk image needs 33 KiB. */
export function fileKind(bytes: Uint8Array): FileKind {
  const head = asBuffer(bytes)
  const start = head.toString('latin1', 0, 16)
  const found = MARKS.find(([mark]) => start.startsWith(mark))
  if (found?.[1] === 'program' && start.startsWith('MZ') && !isMz(head)) return null
  if (found !== undefined) return found[1]
  if (head.length > TAR_MARK_AT + 5 && head.toString('latin1', TAR_MARK_AT, TAR_MARK_AT + 5) === 'ustar') return 'tar'
  if (MAIL.test(head.toString('latin1', 0, MAX_HEAD_BYTES))) return 'mail'
  return head.length > ISO_MARK_AT + 5 && head.toString('latin1', ISO_MARK_AT, ISO_MARK_AT + 5) === 'CD001' ? 'disk' : null
}

/** The offset of a program's second header ends in a NUL (at 0x3c), so there is one in the first 64 bytes; text has none. */
function isMz(head: Buffer): boolean {
  return head.subarray(0, 64).includes(0)
}

/** What a file's name says, as the system that opens it reads it. */
export interface NameKind {
  /** The last extension, lower-case, without dots and blanks after it; '' for none. */
  readonly extension: string
  readonly kind: 'blocked' | 'macro' | 'plain'
  /** Does the name hide its extension: direction marks, blanks before it, a harmless extension before a program's? */
  readonly isDisguised: boolean
  /** Is there a program's extension before the last? */
  readonly isDouble: boolean
}

/** Reads a file name. `alsoBlocked` are extensions of the policy. */
export function nameKind(name: string, alsoBlocked: ReadonlySet<string>, android: 'blocked' | 'allowed'): NameKind {
  const isTurned = /[\u202a-\u202e\u2066-\u2069]/.test(name)
  const clean = name.replace(UNSEEN, '').toLowerCase()
  // Windows takes dots and blanks at the end away.
  let end = clean.length
  while (end > 0 && ' .\u00a0\t'.includes(clean.charAt(end - 1))) end--
  const parts = clean.slice(0, end).split('.').slice(-4).map((part) => part.trim())
  const extension = parts.length > 1 ? (parts.at(-1) ?? '') : ''
  const before = parts.length > 2 ? (parts.at(-2) ?? '') : ''
  const isBlocked = (each: string): boolean => BLOCKED_EXTENSIONS.has(each) || alsoBlocked.has(each) || (android === 'blocked' && ANDROID_EXTENSIONS.has(each))
  const isMacro = MACRO_EXTENSIONS.has(extension)
  const isRisky = isBlocked(extension) || isMacro
  const isPadded = isRisky && (end < clean.length || clean.includes('   '))
  const hidesProgram = isRisky && HARMLESS_EXTENSIONS.has(before)
  let kind: NameKind['kind'] = 'plain'
  if (isMacro) kind = 'macro'
  if (isBlocked(extension)) kind = 'blocked'
  return { extension, kind, isDisguised: isTurned || isPadded || hidesProgram, isDouble: !isRisky && isBlocked(before) && before !== 'com' }
}

/** Characters that no file list shows. */
const UNSEEN = /[\0-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/g
