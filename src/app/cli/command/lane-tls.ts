import { type Command, InvalidArgumentError } from 'commander'
import { type CountedTls, tlsResultsOf } from '../../../core/outbound/tls/sql-tls-result.ts'
import type { Database } from '../../../infra/db/database.ts'
import { sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface TlsOptions extends ToolOptions {
  readonly day?: string
  readonly failed?: true
}

/** Domains read at a time. */
const CHUNK = 500

/** `merpati lane tls`: how TLS with other servers went. */
export function addLaneTls(group: Command): void {
  onData(group.command('tls'))
    .description('how TLS with other servers went on a day, by domain, policy and result (RFC 8460)')
    .option('--day <date>', 'a day in UTC such as 2026-01-31; today when none is named', dayOf)
    .option('--failed', 'only what did not succeed')
    .action((options: TlsOptions) => withData(options, (db) => show(db, options)))
}

async function show(db: Database, options: TlsOptions): Promise<void> {
  const day = options.day ?? new Date().toISOString().slice(0, 10)
  const rows: CountedTls[] = []
  for (let after: string | null = ''; after !== null; ) {
    const found: readonly CountedTls[] = await tlsResultsOf(db, { day, after, limit: CHUNK })
    rows.push(...found.filter(({ result }) => options.failed === undefined || result !== 'successful'))
    after = found.at(-1)?.domain ?? null
  }
  sayRows(rows.map(({ domain, policy, result, host, address, source, sessions }) => ({ domain, policy, result, host, address, source, sessions })), options, `no TLS was tried on ${day}`)
}

function dayOf(text: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(Date.parse(text))) throw new InvalidArgumentError('want a day such as 2026-01-31.')
  return text
}
