import type { Command } from 'commander'
import type { Domain, OrganizationId } from '../../../base/brand.ts'
import { isoTime } from '../../../base/iso-time.ts'
import { silentLog } from '../../../base/log.ts'
import { claimOf } from '../../../core/domain/claim.ts'
import { PROVE_WITHIN_MS } from '../../../core/domain/proof/limits.ts'
import type { PendingDomain } from '../../../core/domain/proof/pending.ts'
import { prove } from '../../../core/domain/proof/prove.ts'
import { claimNamed, claimsAfter, settleClaim } from '../../../core/domain/proof/sql-pending.ts'
import { dkimKeysOf } from '../../../core/domain/sql-dkim.ts'
import type { Database } from '../../../infra/db/database.ts'
import { parseDomain } from '../../../proto/mail/domain.ts'
import { lastingSecret } from '../../births.ts'
import type { Config } from '../../config/config.ts'
import { withResolver } from '../../config/with-resolver.ts'
import { DomainChecker } from '../../domain-check.ts'
import { ownerOf } from '../owner.ts'
import { everyPage } from '../pages.ts'
import { complain, EXIT, sayOne, sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface ClaimOptions extends ToolOptions {
  readonly organization?: string
  readonly resolver?: string
}

/** `merpati domain claims` and `merpati domain verify`: names that organizations say are theirs, and whether DNS says so too. */
export function addDomainClaims(group: Command): void {
  onData(group.command('claims'))
    .description('list the names that an organization has claimed over HTTP and not proven yet, with the TXT record that proves each')
    .option('--organization <name>', 'whose, when there are several')
    .action((options: ClaimOptions) =>
      withData(options, async (db, config) => {
        const owner = await ownerOf(db, options.organization)
        if (owner === null) return
        const all = await everyPage<PendingDomain>((last) => claimsAfter(db, owner.id, last?.name ?? ''))
        sayRows(all.map((claim) => shown(claim, config)), options, 'no claims')
      }),
    )
  onData(group.command('verify <name>'))
    .description('look now whether DNS proves a claim; "domain add" takes your word for it')
    .option('--organization <name>', 'whose claim, when there are several')
    .option('--resolver <host:port>', 'the DNS server to ask, instead of the one of the configuration')
    .action((name: string, options: ClaimOptions) => withData(options, async (db, config) => await verify(db, config, name, options)))
}

async function verify(db: Database, config: Config, text: string, options: ClaimOptions): Promise<void> {
  const name = parseDomain(text)
  if (name === null) return complain(`${text} is no domain name`)
  const asked = withResolver(config, options.resolver)
  if (asked === null) return complain(`--resolver: want an IP address and a port such as "127.0.0.1:53", got "${options.resolver ?? ''}"`)
  const owner = await ownerOf(db, options.organization)
  if (owner === null) return
  if ((await claimNamed(db, owner.id, name)) === null) return complain(`${owner.name} has no claim on ${name}`, EXIT.failed)
  const state = await look(db, asked, owner.id, name)
  const after = await claimNamed(db, owner.id, name)
  if (state !== 'verified') process.exitCode = EXIT.failed
  sayOne({ name, state, why: after?.why ?? null }, `domain ${name} ${state}${after?.why === null || after === null ? '' : `: ${after.why}`}`, options)
}

async function look(db: Database, config: Config, organization: OrganizationId, name: Domain): Promise<string> {
  const signal = AbortSignal.timeout(PROVE_WITHIN_MS)
  using checker = await DomainChecker.open({ config, db, log: silentLog }, signal)
  const proof = { secret: lastingSecret(config), keysOf: dkimKeysOf.bind(null, db), txt: checker.texts.bind(checker), nowMs: Date.now }
  return await db.write(settleClaim, { organization, name, found: await prove(proof, organization, name, signal), nowMs: Date.now() })
}

function shown({ name, organization, state, why, createdMs, checkedMs }: PendingDomain, config: Config): Readonly<Record<string, unknown>> {
  const { name: record, value } = claimOf(organization, name, lastingSecret(config))
  return { name, state, record, value, why, claimed: isoTime(createdMs), checked: isoTime(checkedMs) }
}
