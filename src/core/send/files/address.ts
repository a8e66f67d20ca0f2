import { createHmac, timingSafeEqual } from 'node:crypto'
import type { OrganizationId } from '../../../base/brand.ts'

/** How long an address of a file works without a key. */
export const FILE_MS = 3_600_000

/** A file that an address names: of which message, whose, and which of its files. */
export interface NamedFile {
  readonly organization: OrganizationId
  readonly message: string
  readonly number: number
  readonly expiresMs: number
}

const SHAPE = /^([\w-]{1,100})\.([\w-]{1,100})\.(\d{1,4})\.(\d{1,16})\.([\w-]{43})$/

/** Writes what the address of a file has in `token`: whoever has it may fetch that one file, for an hour. */
export function fileToken({ organization, message, number, expiresMs }: NamedFile, secret: Uint8Array): string {
  const text = `${organization}.${message}.${number}.${expiresMs}`
  return `${text}.${macOf(text, secret).toString('base64url')}`
}

/** Reads such a token; null for whatever we did not write, and for one whose time is over. */
export function readFileToken(token: string, secret: Uint8Array, nowMs: number): NamedFile | null {
  const [, organization = '', message = '', number = '', expires = '', mac = ''] = SHAPE.exec(token) ?? []
  if (mac === '' || !timingSafeEqual(Buffer.from(mac, 'base64url'), macOf(`${organization}.${message}.${number}.${expires}`, secret))) return null
  const file = { organization: organization as OrganizationId, message, number: Number(number), expiresMs: Number(expires) } // Written by `fileToken` only.
  return file.expiresMs > nowMs ? file : null
}

function macOf(text: string, secret: Uint8Array): Buffer {
  return createHmac('sha256', secret).update('file 1').update(text).digest()
}
