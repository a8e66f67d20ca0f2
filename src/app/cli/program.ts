import { Command } from 'commander'
import { VERSION } from '../version.ts'
import { addAccount } from './command/account.ts'
import { addAlias } from './command/alias.ts'
import { addDemo } from './command/demo.ts'
import { addDomain } from './command/domain.ts'
import { addKey } from './command/key.ts'
import { addOrganization } from './command/organization.ts'
import { addQueue } from './command/queue.ts'
import { addServe } from './command/serve.ts'
import { addTrace } from './command/trace.ts'
import { addVerify } from './command/verify.ts'
import { complain, EXIT } from './say.ts'

/** Runs the command line. Wrong arguments are exit code 2, with one line that says what is wrong. */
export async function runCli(argv: readonly string[]): Promise<void> {
  const program = new Command('merpati')
    .description('Complete email infrastructure in one program.')
    .version(VERSION)
    .showHelpAfterError('(merpati --help lists the commands)')
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT.wrong))
  for (const add of [addDemo, addServe, addOrganization, addDomain, addAccount, addAlias, addKey, addQueue, addTrace, addVerify]) add(program)
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error), EXIT.failed)
  }
}
