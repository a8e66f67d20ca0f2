import { type Command, InvalidArgumentError, Option } from 'commander'
import { HOUR_MS } from '../../../base/duration.ts'
import { isoTime } from '../../../base/iso-time.ts'
import { silentLog } from '../../../base/log.ts'
import type { Result } from '../../../base/result.ts'
import type { Organization } from '../../../core/organization/organization.ts'
import type { Chat } from '../../../core/webhook/chat.ts'
import type { Endpoint } from '../../../core/webhook/endpoint.ts'
import { MAX_DESCRIPTION_CHARS, MAX_ENDPOINTS, MAX_OVERLAP_HOURS, OVERLAP_HOURS } from '../../../core/webhook/limits.ts'
import { type Scheme, schemeOf, SCHEMES } from '../../../core/webhook/signature.ts'
import { PUBLIC_TYPES, type PublicType } from '../../../core/webhook/public-types.ts'
import { changeEndpoint, createEndpoint, endpointById, endpointsAfter, removeEndpoint, rotateSecret } from '../../../core/webhook/sql-endpoint.ts'
import { checkTarget } from '../../../core/webhook/target.ts'
import type { Database } from '../../../infra/db/database.ts'
import { lastingSecret } from '../../births.ts'
import type { Config } from '../../config/config.ts'
import { resolverOf } from '../../names.ts'
import { askWebhookNames, webhookRules } from '../../webhook.ts'
import { hoursUpTo } from '../hours.ts'
import { onOwned, type OwnedOptions, withOwner } from '../owned.ts'
import { everyPage } from '../pages.ts'
import { complain, EXIT, sayOne, sayRow, sayRows } from '../say.ts'
import { sure } from '../sure.ts'
import { noWebhook, withEndpoint } from '../webhooks.ts'
import { addWebhookLog } from './webhook-log.ts'

interface EndpointOptions extends OwnedOptions {
  readonly url?: string
  readonly event?: readonly PublicType[]
  readonly allEvents?: true
  readonly description?: string
  readonly enable?: true
  readonly disable?: true
  readonly overlapHours: number
  readonly signature?: Scheme
  readonly slack?: true
  readonly telegram?: string
  readonly yes?: boolean
}

/** How long DNS may take to say where a new webhook leads. */
const CHECK_WITHIN_MS = 15_000

/** `merpati webhook`: programs that are told of events. */
export function addWebhook(program: Command): void {
  const group = program.command('webhook').description('programs that are told of events')
  withWishes(onOwned(group.command('add <url>')))
    .description('make a webhook; its secret is shown once, its public key always')
    .addOption(signatureOption())
    .addOption(new Option('--slack', 'it is an incoming webhook of Slack or Mattermost: it is told in a sentence, of alerts when no --event says otherwise').conflicts('telegram'))
    .addOption(new Option('--telegram <chat>', 'it is sendMessage of a Telegram bot (https://api.telegram.org/bot<token>/sendMessage), for this chat: the same').argParser(chatOf))
    .action((url: string, options: EndpointOptions) => withOwner(options, (owner, db, config) => add(owner, db, config, url, options)))
  onOwned(group.command('list'))
    .description('list webhooks')
    .action((options: OwnedOptions) =>
      withOwner(options, async ({ id }, db) => {
        const all = await everyPage<Endpoint>((last) => endpointsAfter(db, id, last?.id ?? ''))
        sayRows(all.map(shown), options, 'no webhooks')
      }),
    )
  onOwned(group.command('show <id>'))
    .description('show a webhook')
    .action((id: string, options: OwnedOptions) => withEndpoint(id, options, async (endpoint) => sayRow(shown(endpoint), options)))
  withWishes(onOwned(group.command('set <id>')))
    .description('change a webhook, or switch it on or off; switching it on forgets its failures')
    .option('--url <url>', 'where it leads')
    .option('--all-events', 'tell it of everything')
    .addOption(new Option('--enable', 'switch it on').conflicts('disable'))
    .option('--disable', 'switch it off')
    .action((id: string, options: EndpointOptions) => withEndpoint(id, options, (endpoint, db, config) => set(endpoint, db, config, options)))
  addSecretAndEnd(group)
  addWebhookLog(group)
}

function addSecretAndEnd(group: Command): void {
  onOwned(group.command('rotate <id>'))
    .description('give a webhook a new secret, shown once, or a new pair of keys; for a while both sign')
    .addOption(signatureOption())
    .option('--overlap-hours <n>', 'how long the present secret signs beside the new one', hoursUpTo(MAX_OVERLAP_HOURS), OVERLAP_HOURS)
    .action((id: string, options: EndpointOptions) =>
      withEndpoint(id, options, async ({ organization }, db, config) => {
        const untilMs = Date.now() + options.overlapHours * HOUR_MS
        const fresh = await rotateSecret(db, lastingSecret(config), { organization, id, scheme: options.signature, untilMs })
        if (fresh === null) return noWebhook(id)
        const { secret, publicKey } = fresh
        sayOne({ id, signature: schemeOf(publicKey), secret, publicKey, oldSecretUntil: isoTime(untilMs) }, String(secret ?? publicKey), options)
      }),
    )
  onOwned(group.command('remove <id>'))
    .description('remove a webhook, with all that waits for it')
    .option('--yes', 'do it')
    .action((id: string, options: EndpointOptions) =>
      withEndpoint(id, options, async ({ organization, url }, db) => {
        if (!sure(options, `${url} would not be told of anything any more, and what waits for it would go`)) return
        if ((await removeEndpoint(db, { organization, id })) === 'in-use') return complain('a route leads mail to this webhook: "merpati route remove" first', EXIT.failed)
        sayOne({ id }, `webhook ${id} removed`, options)
      }),
    )
}

/** Without it: what it is already, and `v1` for a new one. */
function signatureOption(): Option {
  return new Option('--signature <scheme>', 'how calls are signed: v1 with a secret that you know, v1a with a key of which you know the public part').choices(SCHEMES)
}

function withWishes(command: Command): Command {
  return command
    .addOption(new Option('--event <type...>', 'what it is told of; without it, everything').choices(PUBLIC_TYPES))
    .option('--description <text>', 'what it is for', descriptionOf)
}

async function add({ id: organization }: Organization, db: Database, config: Config, text: string, options: EndpointOptions): Promise<void> {
  const url = await checked(text, config)
  if (!url.ok) return complain(url.error)
  const wishes = { url: text, description: options.description ?? '', types: options.event ?? null, scheme: options.signature ?? 'v1' }
  const made = await createEndpoint(db, lastingSecret(config), { organization, ...wishes, chat: chatMeant(options), nowMs: Date.now() })
  if (!made.ok) return complain(`an organization has at most ${MAX_ENDPOINTS} webhooks`, EXIT.failed)
  const { endpoint, secret } = made.value
  sayOne({ ...shown(endpoint), secret }, `${endpoint.id} ${secret ?? endpoint.publicKey}`, options)
}

function chatMeant({ slack, telegram }: EndpointOptions): Chat | null {
  if (telegram !== undefined) return { kind: 'telegram', chatId: telegram }
  return slack === true ? { kind: 'slack' } : null
}

function chatOf(text: string): string {
  if (/^(?:-?\d{1,20}|@\w{1,64})$/.test(text)) return text
  throw new InvalidArgumentError('want the number of a chat, or @ and its name.')
}

async function set(before: Endpoint, db: Database, config: Config, options: EndpointOptions): Promise<void> {
  if (options.url !== undefined) {
    const url = await checked(options.url, config)
    if (!url.ok) return complain(url.error)
  }
  const { id, organization } = before
  const types = options.allEvents === true ? null : (options.event ?? before.types)
  const wishes = { url: options.url ?? before.url, description: options.description ?? before.description, types }
  await changeEndpoint(db, { organization, id, ...wishes, state: stateOf(options) ?? before.state, nowMs: Date.now() })
  const endpoint = await endpointById(db, organization, id)
  if (endpoint === null) noWebhook(id)
  else sayRow(shown(endpoint), options)
}

function stateOf({ enable, disable }: EndpointOptions): Endpoint['state'] | null {
  if (enable === true) return 'enabled'
  return disable === true ? 'disabled' : null
}

async function checked(text: string, config: Config): Promise<Result<URL, string>> {
  using resolver = await resolverOf(config.outbound, silentLog)
  return await checkTarget(text, webhookRules(config), askWebhookNames(resolver), AbortSignal.timeout(CHECK_WITHIN_MS))
}

function shown({ id, state, reason, url, types, description, failingSinceMs, publicKey, chat, createdMs }: Endpoint): Readonly<Record<string, unknown>> {
  return { id, state, reason, url, events: types, description, failingSince: isoTime(failingSinceMs), signature: schemeOf(publicKey), publicKey, chat: chat?.kind ?? null, created: isoTime(createdMs) }
}

function descriptionOf(text: string): string {
  if (text.length <= MAX_DESCRIPTION_CHARS && !/\p{Cc}/u.test(text)) return text
  throw new InvalidArgumentError(`want one line of at most ${MAX_DESCRIPTION_CHARS} letters.`)
}
