/** The writer thread: owns the one write connection of the embedded database. */
import { parentPort, workerData } from 'node:worker_threads'
import { openForWriting } from '../../infra/db/sqlite/open.ts'
import { Writer } from '../../infra/db/sqlite/writer.ts'
import '../writes.ts'
import type { ToWriter, WriterBirth } from './messages.ts'

const { path } = workerData as WriterBirth
const writer = new Writer(openForWriting(path))

parentPort?.on('message', (message: ToWriter) => {
  switch (message.kind) {
    case 'client':
      return writer.attach(message.port)
    case 'settle':
      return writer.settle()
  }
})
