import { type Command, Option } from 'commander'
import { DAY_MS, HOUR_MS } from '../../../base/duration.ts'
import { isoTime } from '../../../base/iso-time.ts'
import { OPERATOR } from '../../../base/operator.ts'
import { KEY_OVERLAP_HOURS, MAX_KEY_OVERLAP_HOURS, MAX_KEYS } from '../../../core/access/limits.ts'
import { SCOPES } from '../../../core/access/rights.ts'
import { type ApiKey, apiKeyById, apiKeysAfter, createApiKey, revokeApiKey, rotateApiKey } from '../../../core/access/sql-api-key.ts'
import { type BoundOptions, collected, networkOf, withBounds } from '../bounds.ts'
import { daysOf } from '../days.ts'
import { hoursUpTo } from '../hours.ts'
import { everyPage } from '../pages.ts'
import { complain, EXIT, sayOne, sayRows } from '../say.ts'
import { onOwned, type OwnedOptions, withOwner } from '../owned.ts'

interface KeyOptions extends OwnedOptions, BoundOptions {
  readonly live?: boolean
  readonly scope: readonly string[]
  readonly ip?: readonly string[]
  readonly expiresDays?: number
  readonly overlapHours: number
}

const TOO_MANY = `an organization has at most ${MAX_KEYS} valid keys: "merpati key revoke" ends one`

/** `merpati key`: API keys. Only their hashes are kept. */
export function addKey(program: Command): void {
  const group = program.command('key').description('API keys')
  withBounds(onOwned(group.command('create <name>')))
    .description('make a key; its text is shown once')
    .option('--live', 'a key that sends in earnest; without it, a test key')
    .addOption(new Option('--scope <scope...>', 'what it may do; "operator" opens what belongs to no organization').choices([...SCOPES, OPERATOR]).default(['send', 'read']))
    .option('--ip <network...>', 'valid from these addresses and networks only', collected(networkOf))
    .option('--expires-days <n>', 'valid for so many days', daysOf)
    .action((name: string, options: KeyOptions) =>
      withOwner(options, async ({ id: organization }, db) => {
        const nowMs = Date.now()
        const { live, scope: scopes, domain: domains = null, stream: streams = null, ip: networks = null, perHour = null, perDay = null, expiresDays } = options
        const rights = { scopes, domains, streams, networks, caps: { messagesPerHour: perHour, messagesPerDay: perDay }, expiresMs: expiresDays === undefined ? null : nowMs + expiresDays * DAY_MS }
        const made = await createApiKey(db, { organization, name, mode: live === true ? 'live' : 'test', ...rights, others: 'keep', nowMs })
        if (made === null) return complain(TOO_MANY, EXIT.failed)
        sayOne({ ...made }, made.key, options)
      }),
    )
  onOwned(group.command('list'))
    .description('list keys')
    .action((options: KeyOptions) =>
      withOwner(options, async ({ id }, db) => {
        const all = await everyPage<ApiKey>((last) => apiKeysAfter(db, id, last?.id ?? ''))
        sayRows(options.json === true ? all.map((key) => ({ ...key })) : all.map(shown), options, 'no keys')
      }),
    )
  onOwned(group.command('rotate <id>'))
    .description('put a new key in the place of one, shown once; for a while both are valid')
    .option('--overlap-hours <n>', 'how long the present key is valid beside the new one', hoursUpTo(MAX_KEY_OVERLAP_HOURS), KEY_OVERLAP_HOURS)
    .action((id: string, options: KeyOptions) =>
      withOwner(options, async (owner, db) => {
        const old = await apiKeyById(db, owner.id, id)
        if (old === null) return noKey(id)
        const nowMs = Date.now()
        const made = await rotateApiKey(db, old, nowMs + options.overlapHours * HOUR_MS, nowMs)
        if (made === 'none') return noKey(id)
        if (made === 'too-many') return complain(TOO_MANY, EXIT.failed)
        sayOne({ ...made }, made.key, options)
      }),
    )
  onOwned(group.command('revoke <id>'))
    .description('end a key')
    .action((id: string, options: KeyOptions) =>
      withOwner(options, async (owner, db) => {
        if (!(await revokeApiKey(db, owner.id, id, Date.now()))) return noKey(id)
        sayOne({ id }, `key ${id} revoked`, options)
      }),
    )
}

function noKey(id: string): void {
  complain(`there is no key ${id} that is valid: "merpati key list" shows them`, EXIT.failed)
}

function shown({ id, name, mode, scopes, domains, streams, networks, caps, usedMs, expiresMs, revokedMs }: ApiKey): Readonly<Record<string, unknown>> {
  const { messagesPerHour, messagesPerDay } = caps
  return { id, name, mode, scopes, domains, streams, from: networks, per_hour: messagesPerHour, per_day: messagesPerDay, used: isoTime(usedMs), expires: isoTime(expiresMs), revoked: isoTime(revokedMs) }
}
