import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { wholeProgram } from '../../src/app/cli/program.ts'
import { openApiHouse } from '../support/api-house.ts'
import { describedRoutes } from '../support/route-cases.ts'

/** What does the same over HTTP: routes, or the reason why there is none. */
type Same = readonly string[] | { readonly why: string }

const STARTS: Same = { why: 'It makes or starts the program that answers HTTP.' }
const ON_DISK: Same = { why: 'It reads or rewrites the files of the store, on the machine that has them, and may take hours.' }

/** Every command, and its route. A new command needs a line here: a route that does the same with the same function, or a reason that a reader accepts. */
const SAME: Readonly<Record<string, Same>> = {
  demo: STARTS,
  init: STARTS,
  serve: STARTS,
  'organization add': ['post /v1/organizations'],
  'organization list': ['get /v1/organizations'],
  'organization show': ['get /v1/organizations/{id}'],
  'organization set': ['patch /v1/organizations/{id}'],
  'organization suspend': ['patch /v1/organizations/{id}'],
  'organization resume': ['patch /v1/organizations/{id}'],
  'organization plan': ['get /v1/organizations/{id}/plan', 'patch /v1/organizations/{id}/plan', 'delete /v1/organizations/{id}/plan'],
  'organization remove': ['delete /v1/organizations/{id}'],
  'domain add': ['post /v1/domains'],
  'domain list': ['get /v1/domains'],
  'domain show': ['get /v1/domains/{id}'],
  'domain compliance': ['get /v1/domains/{id}/compliance'],
  'domain suspend': ['patch /v1/domains/{id}'],
  'domain park': ['patch /v1/domains/{id}'],
  'domain resume': ['patch /v1/domains/{id}'],
  'domain set': ['patch /v1/domains/{id}'],
  'domain warm-up': ['get /v1/domains/{id}/warmup', 'put /v1/domains/{id}/warmup'],
  'domain keys': ['get /v1/domains/{id}/keys'],
  'domain rotate-keys': ['post /v1/domains/{id}/keys'],
  'domain claims': ['get /v1/domains'],
  'domain verify': ['post /v1/domains/{id}/verify'],
  'domain remove': ['delete /v1/domains/{id}'],
  'dns records': ['get /v1/domains/{id}/dns'],
  'dns check': ['get /v1/domains/{id}/dns'],
  'account add': ['post /v1/accounts'],
  'account list': ['get /v1/accounts'],
  'account passwd': ['put /v1/accounts/{id}/password'],
  'account suspend': ['patch /v1/accounts/{id}'],
  'account resume': ['patch /v1/accounts/{id}'],
  'account show': ['get /v1/accounts/{id}', 'get /v1/accounts/{id}/sending'],
  'account remove': ['delete /v1/accounts/{id}', 'post /v1/subjects/erase'],
  'account set': ['patch /v1/accounts/{id}'],
  'account quota': ['patch /v1/accounts/{id}'],
  'account role': ['get /v1/accounts/{id}/roles', 'put /v1/accounts/{id}/roles'],
  'account contain': ['post /v1/accounts/{id}/contain'],
  'account release': ['post /v1/accounts/{id}/release'],
  'account bulk': ['put /v1/accounts/{id}/bulk'],
  'account app-password add': ['post /v1/accounts/{id}/credentials'],
  'account app-password list': ['get /v1/accounts/{id}/credentials'],
  'account app-password remove': ['delete /v1/accounts/{id}/credentials/{credential}'],
  'account session list': ['get /v1/accounts/{id}/sessions'],
  'account session end': ['delete /v1/accounts/{id}/sessions'],
  'account passkey list': ['get /v1/accounts/{id}/passkeys'],
  'account passkey remove': ['delete /v1/accounts/{id}/passkeys/{passkey}'],
  'account identity list': ['get /v1/accounts/{id}/identities'],
  'account identity remove': ['delete /v1/accounts/{id}/identities/{identity}'],
  'account factor show': ['get /v1/accounts/{id}/factors'],
  'account factor remove': ['delete /v1/accounts/{id}/factors'],
  'alias add': ['post /v1/aliases'],
  'alias list': ['get /v1/aliases'],
  'alias show': ['get /v1/aliases/{address}'],
  'alias set': ['patch /v1/aliases/{address}'],
  'alias remove': ['delete /v1/aliases/{address}'],
  'route add': ['post /v1/routes'],
  'route list': ['get /v1/routes'],
  'route remove': ['delete /v1/routes/{id}'],
  'certificate list': ['get /v1/certificates'],
  'certificate show': ['get /v1/certificates/{name}'],
  'certificate renew': ['post /v1/certificates/{name}/renew'],
  'credential add': ['post /v1/smtp_credentials'],
  'credential list': ['get /v1/smtp_credentials'],
  'credential revoke': ['delete /v1/smtp_credentials/{id}'],
  audit: ['get /v1/audit_log'],
  'retention show': ['get /v1/retention'],
  'retention set': ['patch /v1/retention'],
  'retention allow': ['get /v1/organizations/{id}/retention', 'patch /v1/organizations/{id}/retention'],
  'key create': ['post /v1/api_keys'],
  'key list': ['get /v1/api_keys'],
  'key rotate': ['post /v1/api_keys/{id}/rotate'],
  'key revoke': ['delete /v1/api_keys/{id}'],
  'queue list': ['get /v1/queue'],
  'queue show': ['get /v1/queue/{id}'],
  ...Object.fromEntries(['hold', 'release', 'retry', 'reroute', 'cancel'].map((operation) => [`queue ${operation}`, ['post /v1/queue/{operation}']])),
  'consent list': ['get /v1/consents'],
  'consent add': ['post /v1/consents'],
  'consent withdraw': ['post /v1/consents/withdraw'],
  'subject export': ['post /v1/subjects/export'],
  'subject erase': ['post /v1/subjects/erase', 'get /v1/subjects/erasures/{id}'],
  'invitation list': ['get /v1/invitations'],
  'invitation add': ['post /v1/invitations'],
  'invitation remove': ['delete /v1/invitations/{id}'],
  'suppression list': ['get /v1/suppressions'],
  'suppression add': ['post /v1/suppressions'],
  'suppression remove': ['delete /v1/suppressions/{email}'],
  'suppression import': ['post /v1/suppressions/import'],
  'suppression export': ['get /v1/suppressions'],
  ...Object.fromEntries(['allow', 'deny', 'forwarder', 'trap'].flatMap((list) => [[`filter ${list} add`, ['post /v1/filter/{list}']], [`filter ${list} list`, ['get /v1/filter/{list}']], [`filter ${list} remove`, ['delete /v1/filter/{list}']]])),
  'filter score set': ['put /v1/filter_scores'],
  'filter score list': ['get /v1/filter_scores'],
  'filter score remove': ['delete /v1/filter_scores'],
  'host check': { why: 'It is about the machine it runs on, before anybody relies on it, and speaks to servers of others for up to a minute: what is wrong later becomes an alert (get /v1/alerts).' },
  'webhook add': ['post /v1/webhooks'],
  'webhook list': ['get /v1/webhooks'],
  'webhook show': ['get /v1/webhooks/{id}'],
  'webhook set': ['patch /v1/webhooks/{id}'],
  'webhook rotate': ['post /v1/webhooks/{id}/rotate'],
  'webhook remove': ['delete /v1/webhooks/{id}'],
  'webhook test': ['post /v1/webhooks/{id}/test'],
  'webhook log': ['get /v1/webhooks/{id}/deliveries', 'get /v1/webhooks/{id}/deliveries/{delivery}'],
  'webhook replay': ['post /v1/webhooks/{id}/replay', 'post /v1/webhooks/{id}/deliveries/{delivery}/replay'],
  'source list': ['get /v1/sources'],
  'source add': ['post /v1/sources'],
  'source set': ['patch /v1/sources/{name}'],
  'source remove': ['delete /v1/sources/{name}'],
  'pool list': ['get /v1/pools'],
  'pool add': ['put /v1/pools/{name}'],
  'pool join': ['put /v1/pools/{name}/sources/{source}'],
  'pool leave': ['delete /v1/pools/{name}/sources/{source}'],
  'pool remove': ['delete /v1/pools/{name}'],
  'transport set': ['put /v1/transports/{pattern}'],
  'transport list': ['get /v1/transports'],
  'transport remove': ['delete /v1/transports/{pattern}'],
  'relay-domain add': ['put /v1/relay_domains/{name}'],
  'relay-domain list': ['get /v1/relay_domains'],
  'relay-domain show': ['get /v1/relay_domains/{name}'],
  'relay-domain remove': ['delete /v1/relay_domains/{name}'],
  'relay-domain recipients': ['get /v1/relay_domains/{name}/recipients'],
  'relay-domain add-recipients': ['post /v1/relay_domains/{name}/recipients'],
  'relay-domain remove-recipients': ['post /v1/relay_domains/{name}/recipients/remove'],
  ...Object.fromEntries(['dmarc', 'tls'].flatMap((kind) => [[`report ${kind} list`, ['get /v1/domains/{id}/reports']], [`report ${kind} show`, ['get /v1/domains/{id}/reports/{report}']]])),
  'lane explain': ['get /v1/lanes/{domain}'],
  'lane suspensions': ['get /v1/lanes'],
  'lane suspend': ['post /v1/lanes/{domain}/suspend'],
  'lane resume': ['delete /v1/lanes/suspensions/{id}'],
  'lane tls': ['get /v1/tls_results'],
  alert: ['get /v1/alerts'],
  'stream list': ['get /v1/streams'],
  'stream names': ['get /v1/streams'],
  'stream set': ['put /v1/streams/{id}', 'get /v1/streams/{id}'],
  'stream remove': ['delete /v1/streams/{id}'],
  'stream resume': ['post /v1/streams/{id}/resume'],
  trace: ['get /v1/trace'],
  'stats show': ['get /v1/stats'],
  'stats rebuild': ['post /v1/stats/rebuild'],
  explain: ['get /v1/explain'],
  compact: ON_DISK,
  verify: ON_DISK,
}

/** The names of all commands that do something, as they are typed. */
function leaves(command: Command, above: readonly string[] = []): readonly string[] {
  return command.commands.length === 0 ? [above.join(' ')] : command.commands.flatMap((each) => leaves(each, [...above, each.name()]))
}

test('every command has a route that does the same, or a reason why it has none', async () => {
  await using house = await openApiHouse()
  const routes = new Set((await describedRoutes(house)).map(({ name }) => name))
  assert.deepEqual(leaves(await wholeProgram()).toSorted(), Object.keys(SAME).toSorted(), 'a command without a line in this file, or a line without a command')
  for (const [command, same] of Object.entries(SAME)) {
    if ('why' in same) assert.match(same.why, /^[A-Z].{30,}\.$/, command)
    else for (const route of same) assert.ok(routes.has(route), `${command}: there is no route ${route}`)
  }
})

test('every command that messages and pages name is one', async () => {
  const known = leaves(await wholeProgram())
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const files = globSync(['src/**/*.ts', 'docs/**/*.md', 'README.md'], { cwd: root })
  const named = files.flatMap((file) => [...readFileSync(join(root, file), 'utf8').matchAll(/["`]merpati ([a-z-]+(?: [a-z-]+)?)/g)].map(([, words = '']) => ({ file, words })))
  const isOne = (words: string): boolean => known.some((leaf) => `${leaf} `.startsWith(`${words} `) || `${words} `.startsWith(`${leaf} `))
  assert.ok(named.length > 100)
  assert.deepEqual(named.filter(({ words }) => !isOne(words)), [])
})
