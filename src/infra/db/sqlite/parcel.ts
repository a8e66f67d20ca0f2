/** Arguments of a write as they travel to the writer, and how many octets of bytes they hold. */
export interface Parcel {
  readonly args: unknown
  readonly bytes: number
}

/**
 * Makes arguments fit for the way to another thread. A view is posted with all of the buffer that it looks into, and small Buffers of
 * Node look into a pool of 64 KiB: such views are replaced by arrays of their own. What needs no replacing stays as it is.
 */
export function parcel(args: unknown): Parcel {
  const scale = { bytes: 0 }
  return { args: owned(args, scale), bytes: scale.bytes }
}

function owned(value: unknown, scale: { bytes: number }): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) {
    scale.bytes += value.length
    return value.length < value.buffer.byteLength ? new Uint8Array(value) : value
  }
  let copy: Record<string, unknown> | unknown[] | null = null
  for (const key in value) {
    const held = (value as Record<string, unknown>)[key] // Plain data: all its keys are its own.
    const own = owned(held, scale)
    if (own === held) continue
    copy ??= Array.isArray(value) ? [...value] : { ...value }
    Object.assign(copy, { [key]: own })
  }
  return copy ?? value
}
