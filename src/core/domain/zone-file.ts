import type { WantedRecord } from './wanted-records.ts'

/** A text as the strings of a TXT record in a zone file: at most 255 octets each (RFC 1035 §3.3), quoted and escaped (§5.1). */
export function quotedText(text: string): string {
  const bytes = Buffer.from(text, 'utf8')
  const strings: string[] = []
  for (let at = 0; at < bytes.length || at === 0; at += 255) strings.push(quoted(bytes.subarray(at, at + 255)))
  return strings.join(' ')
}

function quoted(bytes: Uint8Array): string {
  const shown = Array.from(bytes, (byte) => {
    if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`
    return byte < 0x20 || byte > 0x7e ? `\\${String(byte).padStart(3, '0')}` : String.fromCharCode(byte)
  })
  return `"${shown.join('')}"`
}

/** How long resolvers may keep our records: long enough to survive an outage of the zone's servers, short enough to be mended in an hour. */
const TTL_S = 3_600

/** One record as a line of a zone file. RFC 1035 §5.1. */
export function zoneLine({ name, type, value }: Pick<WantedRecord, 'name' | 'type' | 'value'>): string {
  return `${name}. ${TTL_S} IN ${type} ${value}`
}

/** Records as a zone file: by whose zone they belong to, what is only advice as a comment. */
export function zoneFile(records: readonly WantedRecord[]): string {
  const lines: string[] = []
  let section = ''
  for (const record of records) {
    const head = HEADS[record.zone]
    if (head !== section) lines.push(...(lines.length === 0 ? [] : ['']), `; ${head}`)
    section = head
    lines.push(`; ${record.purpose}${record.remark === null ? '' : `: ${record.remark}`}`)
    lines.push(record.need === 'may' ? `; ${zoneLine(record)}` : zoneLine(record))
  }
  return `${lines.join('\n')}\n`
}

const HEADS: Readonly<Record<WantedRecord['zone'], string>> = {
  domain: 'In the zone of the domain',
  host: 'In the zone of the mail server’s name, once for all domains',
  reverse: 'At whoever gave you the address, in its reverse zone',
}
