import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readContent } from '../../src/core/filter/read-content.ts'
import { scanHeader } from '../../src/proto/mail/header-scan.ts'
import { indexMessage, MimeIndexer } from '../../src/proto/mail/mime-index.ts'
import { encodeIndex } from '../../src/proto/mail/index-code.ts'
import type { Part } from '../../src/proto/mail/part.ts'
import { type Suite, Tally } from './suite.ts'

/** Pieces that a message comes in: odd, so that line ends and boundaries are cut. */
const PIECE_BYTES = 61

/**
 * Fixtures of other parsers, broken ones included. They state no expectation, so what must hold of any message is tested: it is read without an error, in
 * one piece and in many alike, and every part lies inside of the one around it.
 */
export const mime: Suite = {
  name: 'mime',
  folder: 'mime',
  async run(folder) {
    const tally = new Tally()
    for (const file of globSync('**/*.eml', { cwd: folder }).toSorted()) tally.count(file, faultOf(readFileSync(join(folder, file))))
    return tally.result()
  },
}

function faultOf(bytes: Uint8Array): string | null {
  try {
    const header = scanHeader(bytes)
    const index = indexMessage(bytes, header)
    const indexer = new MimeIndexer()
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) indexer.push(bytes.subarray(at, at + PIECE_BYTES))
    if (encodeIndex(indexer.finish().index) !== encodeIndex(index)) return 'read in pieces it is another message'
    readContent(bytes, header, index)
    return outside(index.root, 0, bytes.length)
  } catch (error) {
    return `threw ${String(error)}`
  }
}

/** The first part that does not lie inside of `start` to `end`. */
function outside(part: Part, start: number, end: number): string | null {
  if (part.headerStart < start || part.bodyStart < part.headerStart || part.bodyEnd < part.bodyStart || part.bodyEnd > end) return `a part at ${part.headerStart} lies outside`
  for (const child of part.children) {
    const found = outside(child, part.bodyStart, part.bodyEnd)
    if (found !== null) return found
  }
  return null
}
