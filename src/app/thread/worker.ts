/** A protocol thread: all are alike, any of them serves any connection. */
import { enableCompileCache } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import type { FromWorker, ToWorker, WorkerBirth } from './messages.ts'

enableCompileCache() // Each thread has its own; what follows is loaded through it.
const { openWorker } = await import('../worker.ts')
const { lookAfterHeap } = await import('../../infra/observe/idle-heap.ts')

// Main begins to talk at once; what it says waits in the port until this thread is built.
const worker = await openWorker(workerData as WorkerBirth)

// It dies of what nobody catches; what it had to say before is in the log.
process.on('uncaughtExceptionMonitor', () => worker.lastWords())

parentPort?.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'writer':
      return worker.connect(message.port)
    case 'metrics':
      return worker.joinMetrics(message.port)
    case 'certificates':
      return worker.serveWith(message.certificates)
    case 'drain':
      // Nothing keeps the thread alive afterwards.
      return void worker.drain().then(() => parentPort?.close())
    case 'crash':
      throw new Error('a test has asked this thread to crash')
  }
})

lookAfterHeap()
parentPort?.postMessage({ kind: 'ready' } satisfies FromWorker)
