/** The writer thread: owns the one write connection of the embedded database. */
import { enableCompileCache } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import type { ToWriter, WriterBirth } from './messages.ts'

enableCompileCache() // Each thread has its own; what follows is loaded through it.
await import('../writes.ts')
const { openForWriting } = await import('../../infra/db/sqlite/open.ts')
const { Writer } = await import('../../infra/db/sqlite/writer.ts')
const { lookAfterHeap } = await import('../../infra/observe/idle-heap.ts')

const { path } = workerData as WriterBirth
const writer = new Writer(openForWriting(path))
lookAfterHeap()

parentPort?.on('message', (message: ToWriter) => {
  switch (message.kind) {
    case 'client':
      return writer.attach(message.port)
    case 'settle':
      return writer.settle()
  }
})
