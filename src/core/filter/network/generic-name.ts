import { Buffer } from 'node:buffer'
import type { Client } from '../../../proto/spf/client.ts'

/** Words that access providers put into the names of lines that they hand out. Whole words between dots, hyphens and digits. */
const ACCESS_WORDS: ReadonlySet<string> = new Set([
  'adsl', 'broadband', 'cable', 'cpe', 'customer', 'dhcp', 'dial', 'dialin', 'dialup', 'dip', 'dsl', 'dyn', 'dynamic', 'dynip', 'fiber', 'fibre', 'ftth', 'gprs', 'home', 'hsd', 'lte', 'mobile',
  'pool', 'pools', 'ppp', 'pppoe', 'res', 'resnet', 'retail', 'speedy', 'user', 'users', 'vdsl', 'wifi', 'wireless', 'xdsl',
])

/**
 * True when a name looks made of the address rather than given to a mail server: it has the address in it, or a word of access providers.
 * `name` is lower-case.
 */
export function isGenericName(name: string, client: Client): boolean {
  const labels = name.split('.')
  // The registered domain at the end says who the provider is, not what the line is: `dynamic.example` may be a company.
  const own = labels.slice(0, -2).join('.')
  if (own.split(/[^a-z]+/).some((word) => ACCESS_WORDS.has(word))) return true
  return client.family === 4 ? hasIpv4(own, client.bytes) : hasIpv6(own, client.bytes)
}

/** Two neighbouring bytes of four in a row, in either order, with anything between; or all as hexadecimal or as twelve digits. */
function hasIpv4(name: string, bytes: readonly number[]): boolean {
  if (!/[0-9]|[a-f]{8}/.test(name)) return false // The names of most mail servers.
  const hex = Buffer.from(bytes).toString('hex')
  const padded = bytes.map((byte) => String(byte).padStart(3, '0'))
  if ([hex, Buffer.from(bytes.toReversed()).toString('hex'), padded.join(''), padded.toReversed().join('')].some((text) => name.includes(text))) return true
  const numbers = name.split(/[^0-9]+/).filter((digits) => digits !== '').map(Number)
  return hasRun(numbers, bytes) || hasRun(numbers, bytes.toReversed())
}

function hasRun(numbers: readonly number[], bytes: readonly number[]): boolean {
  // Three of four are no accident; providers often leave out the first.
  return [bytes, bytes.slice(1), bytes.slice(0, 3)].some((wanted) => numbers.some((_, at) => wanted.every((byte, next) => numbers[at + next] === byte)))
}

/** The last 64 bits, as hexadecimal groups with or without their zeros. */
function hasIpv6(name: string, bytes: readonly number[]): boolean {
  const hex = Buffer.from(bytes.slice(8)).toString('hex')
  if (/^0*.{0,4}$/.test(hex)) return false // `::25` is somebody's choice, and its digits are in many names.
  const groups = hex.match(/.{4}/g) ?? []
  const short = groups.map((group) => group.replace(/^0{1,3}/, ''))
  return [hex, groups.join('-'), groups.join('.'), short.join('-'), [...hex].toReversed().join('.')].some((text) => name.includes(text))
}
