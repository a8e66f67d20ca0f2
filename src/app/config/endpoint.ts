import { isIP } from 'node:net'
import { fail, ok, type Result } from '../../base/result.ts'

/** Reads `host:port`, `address:port` or `[address]:port`; `localhost` is 127.0.0.1. The error says what is wanted. */
export function endpointOf(text: string): Result<{ readonly host: string; readonly port: number }, string> {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain?.toLowerCase()
  const port = Number(digits)
  const isGood = host !== undefined && (bracketed === undefined || isIP(host) === 6) && port >= 1 && port <= 65_535
  if (!isGood) return fail(`want a host and a port such as "mail.example.org:587", got "${text}"`)
  return ok({ host: host === 'localhost' ? '127.0.0.1' : host, port })
}

/** Where time servers listen. RFC 5905 §7.2. */
const NTP_PORT = 123

/** Reads the place of a time server: a host, or a host and a port. */
export function timeServerOf(text: string): ReturnType<typeof endpointOf> {
  return endpointOf(text.includes(':') ? text : `${text}:${NTP_PORT}`)
}
