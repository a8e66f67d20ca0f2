import { isIP } from 'node:net'

/** Where a scanner listens: a socket in the file system, or a port of an IP address. Names are not resolved: nobody else decides where mail goes to be read. */
export type ScannerAddress = { readonly kind: 'unix'; readonly path: string } | { readonly kind: 'tcp'; readonly host: string; readonly port: number }

/** Reads `unix:/run/clamav/clamd.ctl`, `127.0.0.1:3310`, `[::1]:3310` or `localhost:3310`; null for anything else. */
export function scannerAddress(text: string): ScannerAddress | null {
  // A path of sun_path: unix(7) has room for 107 characters.
  if (text.startsWith('unix:')) return /^unix:\/[^\0]{1,106}$/.test(text) ? { kind: 'unix', path: text.slice('unix:'.length) } : null
  const [, bracketed, plain = '', digits] = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9.]{1,64})):(\d{1,5})$/.exec(text) ?? []
  const host = plain === 'localhost' ? '127.0.0.1' : (bracketed ?? plain)
  const port = Number(digits)
  if (isIP(host) !== (bracketed === undefined ? 4 : 6) || !(port >= 1 && port <= 65_535)) return null
  return { kind: 'tcp', host, port }
}

/** Reads `http://127.0.0.1:11333`, or the address of a socket as above. */
export function rspamdAddress(text: string): ScannerAddress | null {
  if (text.startsWith('unix:')) return scannerAddress(text)
  const [, where] = /^http:\/\/([^/]{1,80})\/?$/.exec(text) ?? []
  return where === undefined ? null : scannerAddress(where)
}
