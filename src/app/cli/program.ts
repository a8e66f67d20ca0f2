import { Command } from 'commander'
import { VERSION } from '../version.ts'
import { complain, EXIT } from './say.ts'

/** The commands, each loaded only when it is asked for: a server that starts should not pay for the tools beside it. */
const COMMANDS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  demo: async () => (await import('./command/demo.ts')).addDemo,
  init: async () => (await import('./command/init.ts')).addInit,
  serve: async () => (await import('./command/serve.ts')).addServe,
  organization: async () => (await import('./command/organization.ts')).addOrganization,
  domain: async () => (await import('./command/domain.ts')).addDomain,
  dns: async () => (await import('./command/dns.ts')).addDns,
  account: async () => (await import('./command/account.ts')).addAccount,
  alias: async () => (await import('./command/alias.ts')).addAlias,
  route: async () => (await import('./command/route.ts')).addRoute,
  certificate: async () => (await import('./command/certificate.ts')).addCertificate,
  credential: async () => (await import('./command/credential.ts')).addCredential,
  audit: async () => (await import('./command/audit.ts')).addAudit,
  key: async () => (await import('./command/key.ts')).addKey,
  invitation: async () => (await import('./command/invitation.ts')).addInvitation,
  queue: async () => (await import('./command/queue.ts')).addQueue,
  subject: async () => (await import('./command/subject.ts')).addSubject,
  consent: async () => (await import('./command/consent.ts')).addConsent,
  suppression: async () => (await import('./command/suppression.ts')).addSuppression,
  filter: async () => (await import('./command/filter.ts')).addFilter,
  host: async () => (await import('./command/host.ts')).addHost,
  retention: async () => (await import('./command/retention.ts')).addRetention,
  webhook: async () => (await import('./command/webhook.ts')).addWebhook,
  source: async () => (await import('./command/source.ts')).addSource,
  pool: async () => (await import('./command/pool.ts')).addPool,
  transport: async () => (await import('./command/transport.ts')).addTransport,
  'relay-domain': async () => (await import('./command/relay-domain.ts')).addRelayDomain,
  report: async () => (await import('./command/report.ts')).addReport,
  lane: async () => (await import('./command/lane.ts')).addLane,
  alert: async () => (await import('./command/alert.ts')).addAlert,
  stream: async () => (await import('./command/stream.ts')).addStream,
  trace: async () => (await import('./command/trace.ts')).addTrace,
  stats: async () => (await import('./command/stats.ts')).addStats,
  explain: async () => (await import('./command/explain.ts')).addExplain,
  compact: async () => (await import('./command/compact.ts')).addCompact,
  verify: async () => (await import('./command/verify.ts')).addVerify,
}

/** Runs the command line. Wrong arguments are exit code 2, with one line that says what is wrong. */
export async function runCli(argv: readonly string[]): Promise<void> {
  const asked = COMMANDS[argv[0] ?? '']
  // Help, and the suggestion for a misspelt command, need all of them.
  const program = await programOf(asked === undefined ? Object.values(COMMANDS) : [asked])
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error), EXIT.failed)
  }
}

/** The command line with every command in it, for whoever wants to know what there is. Nothing runs. */
export async function wholeProgram(): Promise<Command> {
  return await programOf(Object.values(COMMANDS))
}

async function programOf(commands: readonly (typeof COMMANDS)[string][]): Promise<Command> {
  const program = new Command('merpati')
    .description('Complete email infrastructure in one program.')
    .version(VERSION)
    .showHelpAfterError('(merpati --help lists the commands)')
    .addHelpText('after', '\nExit codes: 0 done; 1 understood, but it could not be done; 2 wrong arguments or settings, or what is needed is in use.')
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT.wrong))
  for (const load of commands) (await load())(program)
  return program
}
