import { statfs } from 'node:fs/promises'

/** How often the disk is asked. */
const EVERY_MS = 2_000

/** The reserve is never more than this share of the disk, so that a small disk is of use too. */
const MOST_OF_DISK = 0.02

/** What is watched, and who is told. */
export interface FreeSpaceOptions {
  /** Any folder on the disk. */
  readonly folder: string
  /** Bytes that shall stay free. */
  readonly reserveBytes: number
  /** Told when the disk gets low, and when there is room again. Not told of a disk that does not answer. */
  readonly changed?: (low: boolean, freeBytes: number) => void
}

/**
 * Watches the room on a disk. While it is low no new mail is taken: what is left is for what makes room again (expunge, the
 * write-ahead log), since a disk that is quite full can do nothing at all.
 */
export class FreeSpace implements Disposable {
  readonly #options: FreeSpaceOptions
  #timer: NodeJS.Timeout | null = null
  #freeBytes = Number.POSITIVE_INFINITY
  #low = false

  private constructor(options: FreeSpaceOptions) {
    this.#options = options
  }

  /** Looks once, then now and then until disposed. It keeps no thread alive. */
  static async watch(options: FreeSpaceOptions): Promise<FreeSpace> {
    const space = new FreeSpace(options)
    await space.look()
    space.#timer = setInterval(() => void space.look(), EVERY_MS).unref()
    return space
  }

  /** Bytes that an ordinary user could still write, as of the last look. */
  get freeBytes(): number {
    return this.#freeBytes
  }

  /** True while less is free than the reserve. */
  get isLow(): boolean {
    return this.#low
  }

  /** Asks the disk now. A disk that does not answer changes nothing: writing to it will say so. */
  async look(): Promise<void> {
    const { folder, reserveBytes, changed } = this.#options
    const disk = await statfs(folder).catch(() => null)
    if (disk === null) return
    this.#freeBytes = disk.bavail * disk.bsize
    const low = this.#freeBytes < Math.min(reserveBytes, disk.blocks * disk.bsize * MOST_OF_DISK)
    if (low === this.#low) return
    this.#low = low
    changed?.(low, this.#freeBytes)
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearInterval(this.#timer)
  }
}
