import { Buffer } from 'node:buffer'
import { setImmediate as turn } from 'node:timers/promises'
import { readingAggregate } from '../../proto/dmarc/aggregate-read.ts'
import { decodeBody } from '../../proto/mail/decode-body.ts'
import { indexMessage } from '../../proto/mail/mime-index.ts'
import type { Part } from '../../proto/mail/part.ts'
import { walkParts } from '../../proto/mail/section.ts'
import { fileNameOf } from '../../proto/mail/text-of-part.ts'
import { readTlsReport } from '../../proto/tlsrpt/read.ts'
import { MAX_FILES } from './limits.ts'
import { ofAggregate, ofTls } from './received.ts'
import type { ReceivedReport } from './received.ts'
import { unpack } from './unpack.ts'

const MEDIA = /(?:^application\/(?:gzip|x-gzip|zip|x-zip(?:-compressed)?|xml|json|octet-stream|tlsrpt\+(?:gzip|json))$)|(?:^text\/xml$)/
const FILE = /\.(?:xml|json)(?:\.gz)?$|\.(?:zip|gz)$/i

/** The reports that a mail carries, of either kind; none when it carries none. Never throws for what is in it. */
export async function reportsIn(message: Uint8Array): Promise<readonly ReceivedReport[]> {
  const found: ReceivedReport[] = []
  let files = 0
  for (const { part } of walkParts(indexMessage(message), 'own-parts')) {
    if (!mayBeReport(part) || files >= MAX_FILES) continue
    files += 1
    const unpacked = await unpack(decodeBody(message.subarray(part.bodyStart, part.bodyEnd), part.encoding))
    if (unpacked.ok) found.push(...(await reportsOf(textOf(unpacked.value))))
  }
  return found
}

function mayBeReport(part: Part): boolean {
  return part.type !== 'multipart' && (MEDIA.test(`${part.type}/${part.subtype}`) || FILE.test(fileNameOf(part) ?? ''))
}

async function reportsOf(text: string): Promise<readonly ReceivedReport[]> {
  if (/^\s{0,100}\{/.test(text)) {
    const tls = readTlsReport(text)
    return tls.ok ? ofTls(tls.value) : []
  }
  const reading = readingAggregate(text)
  for (;;) {
    const { done, value } = reading.next()
    if (done === true) return value.ok ? [ofAggregate(value.value.report)] : []
    await turn() // Others work in this thread, too.
  }
}

/** UTF-8, which both kinds are; UTF-16 has a mark. */
function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return buffer.toString('utf16le', 2)
  return buffer.toString('utf8', bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0)
}
