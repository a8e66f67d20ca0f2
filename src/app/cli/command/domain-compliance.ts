import { type Command, Option } from 'commander'
import { shownCompliance } from '../../../core/compliance/api.ts'
import { compliancePage } from '../../../core/compliance/page.ts'
import { knownOf } from '../../../core/compliance/sql-compliance.ts'
import { placementIn } from '../../../core/pool/sql-placement.ts'
import { fillStats } from '../../../core/stats/sql-follow.ts'
import { readStats } from '../../../core/stats/sql-read.ts'
import { domainNamed } from '../../../core/domain/sql.ts'
import type { Database } from '../../../infra/db/database.ts'
import { parseDomain } from '../../../proto/mail/domain.ts'
import type { Config } from '../../config/config.ts'
import { openStats } from '../../derived.ts'
import { complain, remark, sayOne, sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

/** So long the counts may catch up before they are shown as they are. */
const FILL_WITHIN_MS = 30_000

interface ComplianceOptions extends ToolOptions {
  readonly locale?: 'en' | 'id'
}

/** `merpati domain compliance`: what large receivers ask for, and how a From domain stands with it. */
export function addDomainCompliance(group: Command): void {
  onData(group.command('compliance <name>'))
    .description('tell how a domain stands with what Gmail, Yahoo, Microsoft and Apple ask of those that send to many, with what shows it')
    .addOption(new Option('--locale <language>', 'of what shows it').choices(['en', 'id']).default('en'))
    .action((name: string, options: ComplianceOptions) => withData(options, async (db, config) => await tell(db, config, name, options)))
}

async function tell(db: Database, config: Config, text: string, options: ComplianceOptions): Promise<void> {
  const name = parseDomain(text)
  const domain = name === null ? null : await domainNamed(db, name)
  if (domain === null) return complain(`there is no domain ${text}`)
  await using stats = openStats(config, db)
  await fillStats(db, stats.db, AbortSignal.timeout(FILL_WITHIN_MS)) // What happened a moment ago is counted too.
  const nowMs = Date.now()
  const page = shownCompliance(await compliancePage((asked) => readStats(stats.db, asked), domain.organization, domain.name, await knownOf(db, domain, nowMs), nowMs), await placementIn(db, domain.organization))
  if (options.json === true) return sayOne(page, '', options)
  const language = options.locale === 'id' ? 'id' : 'en'
  sayRows(page.requirements.map(({ id, state, asked_by: by, evidence }) => ({ state, requirement: id, asked_by: by.join(' '), evidence: evidence[language] })), options, '')
  remark(`score ${page.score.points} of 100 (${page.score.grade}); ${page.errors.map(({ category, deliveries }) => `${category} ${deliveries}`).join(', ') || 'no errors in seven days'}`)
  const { grade, since, points, points_before: before } = page.placement
  const scores = [before, points].map((each) => each ?? 'too little mail to tell').join(', then ')
  remark(`placement ${grade}${since === null ? ', as of all that nobody has looked at yet' : ` since ${since.slice(0, 10)}: the scores of the last two days were ${scores}`}`)
}
