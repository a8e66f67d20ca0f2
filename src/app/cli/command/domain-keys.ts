import type { Command } from 'commander'
import type { Domain } from '../../../base/brand.ts'
import { isoTime } from '../../../base/iso-time.ts'
import { makeDkimKeys, PUBLISH_MS, publishedKeys } from '../../../core/domain/dkim.ts'
import type { HostedDomain } from '../../../core/domain/domain.ts'
import { domainNamed } from '../../../core/domain/sql.ts'
import { addDkimKeys, dkimKeysOf } from '../../../core/domain/sql-dkim.ts'
import type { Database } from '../../../infra/db/database.ts'
import { txtStrings } from '../../../proto/dkim/key-record.ts'
import { parseDomain } from '../../../proto/mail/domain.ts'
import { complain, EXIT, sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface RotateOptions extends ToolOptions {
  readonly now?: true
}

/** `merpati domain keys` and `merpati domain rotate-keys`: what signs for a domain, and what to publish. */
export function addDomainKeys(group: Command): void {
  onData(group.command('keys <name>'))
    .description('show the DKIM keys of a domain, as DNS records to publish')
    .action((name: string, options: ToolOptions) =>
      withData(options, async (db) => {
        const domain = await hosted(db, name)
        if (domain !== null) await show(db, domain, options)
      }),
    )
  onData(group.command('rotate-keys <name>'))
    .description('make new DKIM keys: publish them at once, they sign in two days, and the old ones stay published for a week after')
    .option('--now', 'let them sign at once: when a key has become known to others')
    .action((name: string, options: RotateOptions) =>
      withData(options, async (db) => {
        const domain = await hosted(db, name)
        if (domain === null) return
        const nowMs = Date.now()
        const keys = await makeDkimKeys(nowMs, options.now === true ? nowMs : nowMs + PUBLISH_MS)
        await db.write(addDkimKeys, { organization: domain.organization, domain: domain.name, keys })
        await show(db, domain, options)
      }),
    )
}

async function hosted(db: Database, text: string): Promise<HostedDomain | null> {
  const name: Domain | null = parseDomain(text)
  const domain = name === null ? null : await domainNamed(db, name)
  if (name === null) complain(`${text} is no domain name`)
  else if (domain === null) complain(`we do not receive for ${name}`, EXIT.failed)
  return domain
}

async function show(db: Database, { organization, name }: HostedDomain, options: ToolOptions): Promise<void> {
  const keys = publishedKeys(name, await dkimKeysOf(db, organization, name), Date.now())
  const rows = keys.map((key) => ({
    name: key.name,
    state: key.state,
    signs: isoTime(key.activeMs),
    // A string of a TXT record has 255 octets at most: RFC 1035 §3.3.
    txt: txtStrings(key.record).map((part) => `"${part}"`).join(' '),
  }))
  sayRows(rows, options, 'no keys: "merpati domain rotate-keys" makes some')
}
