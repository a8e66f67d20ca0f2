import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { chownSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../src/app/config/file.ts'
import { openForTool } from '../../src/app/database.ts'
import type { OrganizationId } from '../../src/base/brand.ts'
import type { ExplainedEvent } from '../../src/core/filter/explain-event.ts'
import { greyKey } from '../../src/core/filter/greylist/key.ts'
import { askGreylist } from '../../src/core/filter/greylist/sql-greylist.ts'
import { sqlLearned } from '../../src/core/filter/bayes/sql-learned.ts'
import { DNS_LISTS } from '../../src/core/filter/table/dns-lists.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { formatKeyRecord, keyName } from '../../src/proto/dkim/key-record.ts'
import { Signer } from '../../src/proto/dkim/sign.ts'
import { makeCertificate } from './certificate.ts'
import { makePostgresDatabase, onPostgres } from './database.ts'
import { type DnsTestServer, startDns } from './dns/server.ts'
import type { Zone } from './dns/zone.ts'
import { ImapClient } from './imap-client.ts'
import { PROXY_ADDRESS } from './line-socket.ts'
import { freePorts, runCli, startServer, type TestServer } from './server.ts'
import { SmtpClient, type SmtpReply } from './smtp-client.ts'

/** The password of everybody in the house. */
export const PASSWORD = 'rahasia sekali'

/** A message that a stranger brings. */
export interface Brought {
  /** The address that the client comes from. */
  readonly client: string
  readonly helo: string
  /** MAIL FROM; '' for the null sender. */
  readonly from: string
  readonly to: readonly string[]
  readonly data: string
}

/** What `merpati explain --json` says of one message. */
export interface Explained extends ExplainedEvent {
  readonly message: string
}

/** Which house to start. */
export interface TrustHouseOptions {
  readonly zones: readonly Zone[]
  /** Local parts of accounts of rumah.test. */
  readonly people: readonly string[]
  /** Commands of the command line that are run before it starts. */
  readonly commands?: readonly (readonly string[])[]
  /** More of the configuration, but for the table `[filter]` itself: nobody waits long for a banner here. */
  readonly config?: string
}

/** `merpati serve` for rumah.test, on loopback, that believes the proxy of `LineSocket` and asks a DNS server of the test's own. */
export interface TrustHouse extends AsyncDisposable {
  readonly dns: DnsTestServer
  readonly ports: { readonly smtp: number; readonly imap: number; readonly submissions: number; readonly lmtp: number }
  /** The server's own database. */
  readonly db: Database
  readonly organization: OrganizationId
  readonly server: TestServer
  /** A command on its data, which must end well. */
  cli(...args: readonly string[]): Promise<string>
  /** A connection of a client that says hello. */
  open(client: string, helo: string): Promise<SmtpClient>
  /** Brings a message; the first reply that refuses, or the one after the dot. */
  bring(brought: Brought): Promise<SmtpReply>
  /** What `merpati explain` says of the messages with these references. */
  explain(...references: readonly string[]): Promise<readonly Explained[]>
  /** Logs in over IMAP. */
  imap(person: string): Promise<ImapClient>
  /** Lets a net pass the greylist, as it will when five of its messages have come back. */
  knowNet(client: string): Promise<void>
  /** How many judgements of this person's have been learned. */
  marks(person: string): Promise<number>
  /** Resolves when the server has asked each of the DNS lists whether it is well. */
  listsAreTested(): Promise<void>
}

/** The server refuses to be root, so a test that is root runs it as nobody. */
const USER = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

/** Starts it. */
export async function startTrustHouse({ zones, people, commands = [], config: more = '' }: TrustHouseOptions): Promise<TrustHouse> {
  await using started = new AsyncDisposableStack()
  const dns = started.use(await startDns(zones))
  const folder = await mkdtemp(join(tmpdir(), 'merpati-trust-'))
  started.defer(() => rm(folder, { recursive: true, force: true }))
  const postgres = onPostgres ? await makePostgresDatabase() : null
  if (postgres !== null) started.defer(() => postgres.drop())
  const env = { ...process.env, ...(postgres === null ? {} : { MERPATI_DATABASE_URL: postgres.url }) }
  const file = join(folder, 'merpati.toml')
  const run = async (args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCli([...args, '--config', file], env, `${PASSWORD}\n`, USER)
    if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`)
    return stdout
  }
  if (USER.uid !== undefined) chownSync(folder, USER.uid, USER.gid)
  await run(['init', '--hostname', 'mx.rumah.test', '--domain', 'rumah.test', '--admin', 'ibu@rumah.test', '--no-check'])
  await Promise.all(people.map((person) => run(['account', 'add', `${person}@rumah.test`])))
  await Promise.all(commands.map(run))
  const ports = await configure(folder, dns, more)
  const server = started.use(await startServer(['serve', '--config', file], env, USER))
  const config = readConfig(file, env)
  if (!config.ok) throw new Error(config.error)
  const db = started.use(await openForTool(config.value))
  const [{ id: organization } = { id: '' }] = JSON.parse(await run(['organization', 'list', '--json'])) as readonly { readonly id: string }[]
  const accounts = JSON.parse(await run(['account', 'list', '--json'])) as readonly { readonly id: string; readonly login: string }[]
  const running = started.move()
  const open = async (client: string, helo: string): Promise<SmtpClient> => {
    const connected = await SmtpClient.open({ port: ports.smtp, from: client })
    await connected.command(`EHLO ${helo}`)
    return connected
  }
  return {
    dns, ports, db, server, open,
    organization: organization as OrganizationId,
    cli: (...args) => run(args),
    async bring({ client, helo, from, to, data }) {
      using connected = await open(client, helo)
      return await connected.send({ from, to, data })
    },
    explain: async (...references) => JSON.parse(await run(['explain', ...references, '--json'])) as readonly Explained[],
    imap: (person) => ImapClient.login({ port: ports.imap, tls: true }, `${person}@rumah.test`, `"${PASSWORD}"`),
    async knowNet(client) {
      const net = client.includes(':') ? `${client.split(':').slice(0, 4).join(':')}::/64` : client.replace(/\d+$/, '0/24')
      for (let at = 0; at < 5; at++) {
        const key = greyKey({ client, sender: `kenal${'abcde'.charAt(at)}@lain.test`, recipient: 'ibu@rumah.test' })
        const ask = { organization: organization as OrganizationId, key, client: net, domain: null }
        for (const nowMs of [Date.now() - 120_000, Date.now()]) await db.write(askGreylist, { ...ask, nowMs })
      }
    },
    async marks(person) {
      const account = accounts.find(({ login }) => login === `${person}@rumah.test`)?.id ?? ''
      return (await sqlLearned(db).marks({ organization, account }, 0)).length
    },
    async listsAreTested() {
      const names = DNS_LISTS.filter(({ isEnabled }) => isEnabled).flatMap(({ zone, test }) => [`${test.listed}.${zone}`, `${test.unlisted}.${zone}`])
      for (const name of names) await dns.asked(name)
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

async function configure(folder: string, dns: DnsTestServer, more: string): Promise<TrustHouse['ports']> {
  const [smtp = 0, imap = 0, submissions = 0, lmtp = 0] = await freePorts(4)
  const { cert, key } = await makeCertificate(['mx.rumah.test'])
  for (const [name, text] of [['c.pem', cert], ['k.pem', key]] as const) {
    await writeFile(join(folder, name), text)
    if (USER.uid !== undefined) chownSync(join(folder, name), USER.uid, USER.gid)
  }
  const listen = (protocol: string, port: number, security: string): string => `[[listen]]\nprotocol = "${protocol}"\naddress = "127.0.0.1"\nport = ${port}\nsecurity = "${security}"\n`
  const text = [
    'hostname = "mx.rumah.test"', 'data = "data"', 'workers = 1', `proxies = ["${PROXY_ADDRESS}/32"]`,
    '[tls]', 'certificate = "c.pem"', 'key = "k.pem"', '[outbound]', `resolvers = ["127.0.0.1:${dns.port}"]`, '[filter]', 'greet_delay = 0.01', more,
    listen('smtp', smtp, 'none'), listen('imap', imap, 'implicit'), listen('submission', submissions, 'implicit'), listen('lmtp', lmtp, 'none'),
  ]
  await writeFile(join(folder, 'merpati.toml'), `${text.join('\n')}\n`)
  return { smtp, imap, submissions, lmtp }
}

/** A key to sign with, and its record. */
export function makeKey(): { readonly key: KeyObject; readonly record: string } {
  const { privateKey } = generateKeyPairSync('ed25519')
  return { key: privateKey, record: formatKeyRecord(privateKey) }
}

/** Signs a message for a domain, with the selector `s`. */
export async function signed(message: string, domain: string, key: KeyObject): Promise<string> {
  const signer = new Signer([{ domain, selector: 's', key }], { atSeconds: Math.floor(Date.now() / 1000), lifeSeconds: null, header: 'relaxed', body: 'relaxed' })
  signer.push(Buffer.from(message))
  return `${(await signer.finish()) ?? ''}${message}`
}

/** The reference in a reply, whether it took the message or not; '' when there is none. */
export function referenceIn({ text }: SmtpReply): string {
  return /(?:Ok: |Reference )(m[\w-]+)/.exec(text)?.[1] ?? ''
}

/** Where the key of `signed` stands. */
export function signingName(domain: string): string {
  return keyName('s', domain)
}
