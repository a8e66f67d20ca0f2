import { join } from 'node:path'
import { type Fields, type Log, makeLog } from '../base/log.ts'
import { type FileSink, makeFileSink } from '../infra/observe/file-sink.ts'
import type { Config } from './config/config.ts'

/** A thread's log and the file behind it. */
export interface OpenLog {
  readonly log: Log
  readonly sink: FileSink
}

/** Opens the log of a thread: one file for all of them, in the data directory. */
export function openLog(config: Config, base: Fields): OpenLog {
  const sink = makeFileSink(join(config.dataDir, 'log', 'merpati.log'))
  return { log: makeLog(sink.write, config.logLevel, Date.now, base), sink }
}
