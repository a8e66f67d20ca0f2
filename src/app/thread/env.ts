import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'

/**
 * A thread's environment. With the compile cache named in it, the thread has it before its first file: otherwise each
 * thread loads the type stripper (50 ms, 10 MB) for one file.
 */
export function threadEnv(): NodeJS.ProcessEnv {
  const cache = getCompileCacheDir() // The folder of this version of Node, below the one that was named.
  return cache === undefined ? process.env : { NODE_COMPILE_CACHE: dirname(cache), ...process.env }
}
