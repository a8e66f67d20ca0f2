import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { unzipSync } from 'fflate'
import { fail, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { MAX_INFLATED_BYTES, MAX_PACKED_BYTES, MAX_RATIO, SMALL_INFLATED_BYTES } from './limits.ts'

/** Why a file cannot be unpacked. `too-large`: over a limit, compressed or not; `broken`: it is no whole file; `empty`: there is nothing in it. */
export type UnpackFault = 'too-large' | 'broken' | 'empty'

const gunzipAsync = promisify(gunzip)

/**
 * Unpacks a file that a stranger sent with a report: gzip, the first file of a zip, or neither. What it is, its first bytes say, not its
 * name (RFC 9990 §3.5, RFC 8460 §5.3; old reports come as zip). Nothing grows beyond the limits, whatever it says of itself.
 */
export async function unpack(bytes: Uint8Array): Promise<Result<Uint8Array, UnpackFault>> {
  if (bytes.length > MAX_PACKED_BYTES) return fail('too-large')
  const most = Math.min(MAX_INFLATED_BYTES, Math.max(SMALL_INFLATED_BYTES, bytes.length * MAX_RATIO))
  const unpacked = isGzip(bytes) ? await ungzip(bytes, most) : unzipOrKeep(bytes, most)
  return unpacked.ok && unpacked.value.length === 0 ? fail('empty') : unpacked
}

async function ungzip(bytes: Uint8Array, maxOutputLength: number): Promise<Result<Uint8Array, UnpackFault>> {
  try {
    return ok(await gunzipAsync(bytes, { maxOutputLength }))
  } catch (error) {
    return fail(error instanceof RangeError ? 'too-large' : 'broken')
  }
}

function unzipOrKeep(bytes: Uint8Array, most: number): Result<Uint8Array, UnpackFault> {
  return isZip(bytes) ? unzip(bytes, most) : ok(bytes)
}

function unzip(bytes: Uint8Array, most: number): Result<Uint8Array, UnpackFault> {
  let first: string | null = null
  let isTooLarge = false
  try {
    const files = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (first !== null || name.endsWith('/')) return false
        first = name
        isTooLarge = originalSize > most
        return !isTooLarge // It inflates into so many bytes, and no more.
      },
    })
    if (isTooLarge) return fail('too-large')
    return ok((first === null ? null : files[first]) ?? new Uint8Array(0))
  } catch {
    // It throws for whatever is wrong with a file, in words only.
    return fail('broken')
  }
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4
}
