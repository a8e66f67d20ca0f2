import { Buffer } from 'node:buffer'
import { scanHeader } from '../../src/proto/mail/header-scan.ts'
import { indexMessage } from '../../src/proto/mail/mime-index.ts'
import { DEFAULT_ATTACHMENT_POLICY } from '../../src/core/filter/attachment-policy.ts'
import { knownDomains, listedDomains } from '../../src/core/filter/check/lookalike.ts'
import { nameKey } from '../../src/core/filter/check/skeleton.ts'
import { readerCheck } from '../../src/core/filter/check/stranger.ts'
import type { ContentFacts, ReaderFacts } from '../../src/core/filter/content-facts.ts'
import { contentFindings } from '../../src/core/filter/content-findings.ts'
import type { Finding } from '../../src/core/filter/finding.ts'
import type { MailContent } from '../../src/core/filter/mail-content.ts'
import { readContent } from '../../src/core/filter/read-content.ts'

/** What the content checks are told in tests: a small company, and a message of a stranger whose domain is not proven. */
export const FACTS: ContentFacts = {
  nowMs: Date.UTC(2026, 10, 26, 5),
  smtputf8: false,
  isAuthorProven: false,
  hosted: knownDomains(['merpatipos.example']),
  isKnownSender: false,
  attachments: DEFAULT_ATTACHMENT_POLICY,
}

/** What its reader knows of others. */
export const READER: ReaderFacts = {
  people: new Map([[nameKey('Sari Wulandari'), new Set(['sari@merpatipos.example'])]]),
  correspondents: listedDomains(['gudangbaru.example']),
  isFirstContact: false,
}

/** All that is found of a message, by itself and by its reader. */
export function findingsOf(content: MailContent, facts: Partial<ContentFacts & ReaderFacts>): readonly Finding[] {
  const known = { ...FACTS, ...facts }
  return [...contentFindings(content, known), ...(known.isKnownSender ? [] : readerCheck(content, known)({ ...READER, ...facts }))]
}

/** Content read from a message that is written with bare line ends. */
export function contentOf(text: string): MailContent {
  const bytes = Buffer.from(text.replace(/\r?\n/g, '\r\n'))
  const header = scanHeader(bytes)
  return readContent(bytes, header, indexMessage(bytes, header))
}

const USUAL: Readonly<Record<string, string>> = {
  From: 'Budi Santoso <budi@kantor.example>',
  To: 'Ani <ani@merpatipos.example>',
  Subject: 'Rapat hari Senin',
  Date: 'Thu, 26 Nov 2026 11:00:00 +0700',
  'Message-ID': '<1@kantor.example>',
}

/** A message that no rule minds, with other fields where `fields` names them (null leaves one out) and this body. */
export function mail(fields: Readonly<Record<string, string | null>>, body = 'Halo Ani, sampai jumpa di rapat hari Senin.\n'): string {
  const lines: string[] = []
  for (const [name, value] of Object.entries({ ...USUAL, ...fields })) if (value !== null) lines.push(`${name}: ${value}`)
  return `${lines.join('\n')}\n\n${body}`
}

/** The same as HTML, with a plain text of its own unless `plain` is null. */
export function page(html: string, fields: Readonly<Record<string, string | null>> = {}, plain: string | null = null): string {
  if (plain === null) return mail({ 'MIME-Version': '1.0', 'Content-Type': 'text/html; charset=utf-8', ...fields }, html)
  const parts = `--b\nContent-Type: text/plain; charset=utf-8\n\n${plain}\n--b\nContent-Type: text/html; charset=utf-8\n\n${html}\n--b--\n`
  return mail({ 'MIME-Version': '1.0', 'Content-Type': 'multipart/alternative; boundary=b', ...fields }, parts)
}

/** A message with one attachment. */
export function withFile(name: string, bytes: Uint8Array | string, text = 'Terlampir berkasnya.'): string {
  const base64 = Buffer.from(bytes).toString('base64').replace(/.{76}/g, '$&\n')
  const file = `--b\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename*=utf-8''${encodeURIComponent(name)}\nContent-Transfer-Encoding: base64\n\n${base64}\n`
  return mail({ 'MIME-Version': '1.0', 'Content-Type': 'multipart/mixed; boundary=b' }, `--b\n\n${text}\n${file}--b--\n`)
}
