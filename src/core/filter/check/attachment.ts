import { asBuffer } from '../../../proto/mail/bytes.ts'
import type { MimeDefect } from '../../../proto/mail/part.ts'
import { fileKind, nameKind } from '../attachment-kind.ts'
import type { AttachmentPolicy, HardAttachment } from '../attachment-policy.ts'
import type { ArchiveReport } from '../archive/report.ts'
import { readLocals } from '../archive/zip.ts'
import { type Finding, finding } from '../finding.ts'
import type { Attachment, MailContent } from '../mail-content.ts'

/** What attachments tell, and what must happen because of them; null for nothing. */
export interface AttachmentVerdict {
  readonly findings: readonly Finding[]
  readonly hard: HardAttachment | null
}

/** Judges attachments by name and first bytes. What only their inside tells is told by `archiveVerdict`. */
export function attachmentVerdict(content: MailContent, policy: AttachmentPolicy): AttachmentVerdict {
  const all = content.attachments.map((attachment) => verdictOf(attachment, policy))
  const locked = all.some(({ findings }) => findings.some(({ rule }) => rule === 'ATTACHMENT_ENCRYPTED'))
  if (locked && tellsPassword(content)) all.push({ findings: [finding('ATTACHMENT_PASSWORD')], hard: null })
  return joinedVerdict(all)
}

/** Judges the inside of an attachment, from `inspectArchive`. */
export function archiveVerdict({ name }: Pick<Attachment, 'name'>, report: ArchiveReport, policy: AttachmentPolicy): AttachmentVerdict {
  const all: AttachmentVerdict[] = []
  const blocked = report.names.find((each) => nameKind(each, policy.alsoBlocked, policy.android).kind === 'blocked')
  if (blocked !== undefined) all.push(blockedBy(name === '' ? blocked : `${name}: ${blocked}`, policy))
  if (report.hasMacros || report.names.some((each) => nameKind(each, policy.alsoBlocked, policy.android).kind === 'macro')) all.push(macros(name, policy))
  if (report.isEncrypted) all.push(encrypted(name, policy))
  if (report.over !== null) {
    all.push({ findings: [finding('ARCHIVE_BOMB', `${name}: ${report.over}`)], hard: hard(policy.bombs, 'ARCHIVE_BOMB', `${shown(name)} goes over our limits for archives`) })
  }
  if (report.isDamaged) all.push({ findings: [finding('ARCHIVE_UNREADABLE', name)], hard: null })
  return joinedVerdict(all)
}

/**
 * Judges a message by what of it cannot be looked into: its MIME goes beyond our limits of parts or depth, and what lies there is not read; or a part
 * says two things of itself, and other programs may find in it what we do not.
 */
export function structureVerdict(defects: readonly MimeDefect[], policy: AttachmentPolicy): AttachmentVerdict {
  const over = defects.find((defect) => defect === 'too-deep' || defect === 'too-many-parts')
  if (over === undefined) {
    if (!defects.includes('ambiguous-header')) return { findings: [], hard: null }
    return { findings: [finding('MESSAGE_AMBIGUOUS')], hard: hard('quarantine', 'MESSAGE_AMBIGUOUS', 'A part of the message says two things of what it is') }
  }
  return { findings: [finding('MESSAGE_BOMB', over.replaceAll('-', ' '))], hard: hard(policy.bombs, 'MESSAGE_BOMB', 'The message goes over our limits for parts and for parts in parts') }
}

/** Of several names the worst counts: which one a program takes nobody knows. */
function verdictOf(attachment: Attachment, policy: AttachmentPolicy): AttachmentVerdict {
  const others = (attachment.otherNames ?? []).filter((each) => nameKind(each, policy.alsoBlocked, policy.android).kind !== 'plain')
  return joinedVerdict([attachment.name, ...others].map((name) => verdictUnder({ ...attachment, name }, policy)))
}

function verdictUnder(attachment: Attachment, policy: AttachmentPolicy): AttachmentVerdict {
  const { name, head } = attachment
  const named = nameKind(name, policy.alsoBlocked, policy.android)
  const kind = fileKind(head)
  const all: AttachmentVerdict[] = []
  const isProgram = kind === 'program' || kind === 'shortcut' || kind === 'disk' || kind === 'cabinet'
  if (named.kind === 'blocked' || isProgram) all.push(blockedBy(name === '' ? attachment.type : name, policy))
  if (named.isDisguised || (isProgram && named.kind !== 'blocked' && named.extension !== '')) all.push({ findings: [finding('ATTACHMENT_DISGUISED', name)], hard: null })
  if (named.isDouble) all.push({ findings: [finding('ATTACHMENT_DOUBLE', name)], hard: null })
  if (named.kind === 'macro') all.push(macros(name, policy))
  if (kind === 'zip') all.push(...zipHead(attachment, policy))
  if (kind === 'rar' || kind === '7z') all.push({ findings: [finding('ARCHIVE_UNREADABLE', name)], hard: null })
  if (isActivePage(attachment, named.extension)) all.push({ findings: [finding('ATTACHMENT_PAGE', name)], hard: null })
  return joinedVerdict(all)
}

/** What the first files of a ZIP archive are, as far as its first bytes tell. */
function zipHead({ name, head }: Attachment, policy: AttachmentPolicy): readonly AttachmentVerdict[] {
  const { entries } = readLocals(asBuffer(head))
  const all: AttachmentVerdict[] = []
  const blocked = entries.find((entry) => nameKind(entry.name, policy.alsoBlocked, policy.android).kind === 'blocked')
  if (blocked !== undefined) all.push(blockedBy(`${name}: ${blocked.name}`, policy))
  if (entries.some((entry) => entry.isEncrypted)) all.push(encrypted(name, policy))
  return all
}

/** A page or a picture that runs a script or asks for something. Its first bytes are looked at. */
function isActivePage({ type, head }: Attachment, extension: string): boolean {
  const isPage = type === 'text/html' || type === 'application/xhtml+xml' || type === 'image/svg+xml' || /^(?:s?html?|xhtml|svg|mht|mhtml)$/.test(extension)
  if (!isPage) return false
  const text = asBuffer(head).toString('latin1').toLowerCase()
  return text.includes('<script') || text.includes('<form') || text.includes('javascript:') || text.includes('http-equiv="refresh"')
}

function blockedBy(what: string, policy: AttachmentPolicy): AttachmentVerdict {
  return { findings: [finding('ATTACHMENT_BLOCKED', what)], hard: hard(policy.blocked, 'ATTACHMENT_BLOCKED', `Files such as ${shown(what)} are not taken here`) }
}

function macros(name: string, policy: AttachmentPolicy): AttachmentVerdict {
  return { findings: [finding('ATTACHMENT_MACRO', name)], hard: hard(policy.macros, 'ATTACHMENT_MACRO', `${shown(name)} carries macros`) }
}

function encrypted(name: string, policy: AttachmentPolicy): AttachmentVerdict {
  return { findings: [finding('ATTACHMENT_ENCRYPTED', name)], hard: hard(policy.encrypted, 'ATTACHMENT_ENCRYPTED', `${shown(name)} is locked with a password`) }
}

function hard(what: 'refuse' | 'quarantine' | 'score', rule: string, reason: string): HardAttachment | null {
  return what === 'score' ? null : { kind: what, rule, reason }
}

/** A file name for a reply: printable ASCII, short. */
function shown(name: string): string {
  const clean = name.slice(-80).replace(/[^ -~]+/g, '?').trim()
  return clean === '' ? 'a file without a name' : `"${clean.replaceAll('"', "'")}"`
}

function tellsPassword({ subject, text }: MailContent): boolean {
  return /\b(?:password|passcode|pwd|kata ?sandi|sandi)\b/i.test(`${subject} ${text.slice(0, 5000)}`)
}

/** All findings, each rule with the same evidence once; the harder of two verdicts. */
export function joinedVerdict(all: readonly AttachmentVerdict[]): AttachmentVerdict {
  const findings = new Map<string, Finding>()
  for (const each of all.flatMap((verdict) => verdict.findings)) findings.set(`${each.rule} ${each.evidence ?? ''}`, each)
  const hards = all.flatMap(({ hard }) => (hard === null ? [] : [hard]))
  return { findings: [...findings.values()], hard: hards.find(({ kind }) => kind === 'refuse') ?? hards[0] ?? null }
}
