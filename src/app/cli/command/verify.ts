import { join } from 'node:path'
import type { Command } from 'commander'
import { silentLog } from '../../../base/log.ts'
import { FileBlobStore } from '../../../infra/blob/files.ts'
import { segmentReader } from '../../backend/bytes.ts'
import { verifyStore } from '../../verify.ts'
import { EXIT, say } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

/** `merpati verify`: reads every message and recounts every number. */
export function addVerify(program: Command): void {
  onData(program.command('verify'))
    .description('read every message, compare its digest, and recount every number that is kept')
    .action((options: ToolOptions) =>
      withData(options, async (db, config) => {
        await using blobs = new FileBlobStore({ folder: join(config.dataDir, 'segments'), writer: 'verify', nowMs: Date.now, log: silentLog })
        const progress = options.json === true || !process.stderr.isTTY ? () => {} : (count: number) => process.stderr.write(`\r${count} messages read`)
        const { messages, bytes, problems } = await verifyStore(db, segmentReader(blobs), progress)
        if (problems.length > 0) process.exitCode = EXIT.failed
        if (options.json === true) return say(JSON.stringify({ messages, bytes, problems }, null, 2))
        for (const { what, where } of problems) say(`${what}: ${where}`)
        say(problems.length === 0 ? `clean: ${messages} messages, ${bytes} bytes` : `${problems.length} problems in ${messages} messages`)
      }),
    )
}
