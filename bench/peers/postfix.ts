import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { accepts, freePort } from '../tool/port.ts'
import { withSbin } from '../tool/smtp-source.ts'
import { benchFolder, until } from '../tool/wait.ts'

/**
 * What this Postfix does with a message once it is accepted.
 *
 * `queue`: nothing. Every message is put on hold by a recipient rule, so it is synced into the hold queue and no
 * delivery work runs beside the acceptance: the cheapest durable acceptance that Postfix has.
 * `maildir`: virtual(8) delivers into one Maildir while more mail comes in.
 * `relay`: it sends everything on, by SMTP or LMTP, to a port of ours; `held`: once it is released; `milter`: the port of one that sees it first.
 */
export type PostfixTask =
  | { readonly kind: 'queue' }
  | { readonly kind: 'maildir' }
  | { readonly kind: 'relay'; readonly transport: 'smtp' | 'lmtp'; readonly port: number; readonly held: boolean; readonly milter?: number }

/** A Postfix of our own: configuration, queue and data in a temporary folder, one port on 127.0.0.1. */
export interface Postfix extends AsyncDisposable {
  readonly pid: number
  readonly port: number
  /** Files in the Maildir so far. */
  delivered(): number
  /** Messages in the queue, held ones included. */
  queued(): number
  /** Lets held messages go. */
  release(): void
  /** Throws the queue and the Maildir away between two rounds. */
  empty(): void
  /** Its log, for when something went wrong. */
  log(): string
}

const SBIN = '/usr/sbin'
const DAEMONS = '/usr/lib/postfix/sbin'
const QUEUES = ['incoming', 'active', 'deferred', 'hold', 'maildrop', 'bounce', 'defer', 'corrupt', 'flush', 'saved', 'trace', 'private', 'pid']

/** Starts Debian's Postfix. It must be root: master(8) refuses any other user; its daemons run as `postfix`. */
export async function startPostfix(task: PostfixTask): Promise<Postfix> {
  if (process.getuid?.() !== 0) throw new Error('Postfix starts only as root: run the benchmark as root')
  const folder = mkdtempSync(join(benchFolder(), 'merpati-postfix-'))
  const port = await freePort()
  const maildir = join(folder, 'mail')
  layOut(folder, port, task)
  const master = spawn(join(DAEMONS, 'master'), ['-c', join(folder, 'etc'), '-d'], { stdio: 'ignore', env: withSbin() })
  const log = (): string => readFileSync(join(folder, 'log', 'mail.log'), { encoding: 'utf8', flag: 'a+' })
  try {
    await until('Postfix to listen', () => hasEnded(master, log) || accepts(port), 20_000)
  } catch (error) {
    master.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  return {
    pid: master.pid ?? 0,
    port,
    delivered: () => entries(join(maildir, 'box', 'new')),
    queued: () => ['hold', 'incoming', 'active', 'deferred', 'maildrop'].reduce((sum, queue) => sum + files(join(folder, 'queue', queue)), 0),
    release() {
      postsuper(folder, '-H')
      // It has put them among the deferred, where the queue manager looks every few minutes, or when it is asked.
      const done = spawnSync(join(SBIN, 'postqueue'), ['-c', join(folder, 'etc'), '-f'], { encoding: 'utf8', env: withSbin() })
      if (done.status !== 0) throw new Error(`postqueue: ${done.stderr}`)
    },
    empty() {
      postsuper(folder, '-d')
      for (const name of readdirSync(maildir)) rmSync(join(maildir, name), { recursive: true })
    },
    log,
    async [Symbol.asyncDispose]() {
      const gone = once(master, 'exit')
      if (master.exitCode === null && master.kill('SIGTERM')) await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function postsuper(folder: string, what: '-H' | '-d'): void {
  const done = spawnSync(join(SBIN, 'postsuper'), ['-c', join(folder, 'etc'), what, 'ALL'], { encoding: 'utf8', env: withSbin() })
  if (done.status !== 0) throw new Error(`postsuper: ${done.stderr}`)
}

function hasEnded(master: ChildProcess, log: () => string): false {
  if (master.exitCode !== null) throw new Error(`Postfix ended with ${master.exitCode}:\n${log()}`)
  return false
}

function layOut(folder: string, port: number, task: PostfixTask): void {
  const [uid, gid] = ids('/etc/passwd', 'postfix')
  const [dropGid] = ids('/etc/group', 'postdrop')
  for (const name of ['etc', 'queue', 'data', 'log', 'mail']) mkdirSync(join(folder, name))
  for (const name of ['data', 'mail']) chownSync(join(folder, name), uid, gid)
  spawnSync('chmod', ['755', folder])
  for (const name of QUEUES) {
    mkdirSync(join(folder, 'queue', name), { mode: 0o700 })
    if (name !== 'pid') chownSync(join(folder, 'queue', name), uid, gid)
  }
  mkdirSync(join(folder, 'queue', 'public'), { mode: 0o710 })
  chownSync(join(folder, 'queue', 'public'), uid, dropGid)
  writeFileSync(join(folder, 'etc', 'main.cf'), Object.entries(settings(folder, task, uid, gid)).map(([name, value]) => `${name} = ${value}\n`).join(''))
  writeFileSync(join(folder, 'etc', 'master.cf'), services(port))
}

/** Debian's defaults but for the paths, no DNS, and no brakes: in_flow_delay would slow a queue that nothing empties. */
function settings(folder: string, task: PostfixTask, uid: number, gid: number): Readonly<Record<string, string>> {
  const common = {
    compatibility_level: '3.6',
    queue_directory: join(folder, 'queue'),
    data_directory: join(folder, 'data'),
    command_directory: SBIN,
    daemon_directory: DAEMONS,
    mail_owner: 'postfix',
    setgid_group: 'postdrop',
    maillog_file: join(folder, 'log', 'mail.log'),
    maillog_file_prefixes: folder,
    myhostname: 'peer.merpati.test',
    mydestination: '',
    local_recipient_maps: '',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    mynetworks: '127.0.0.0/8',
    smtpd_peername_lookup: 'no',
    smtpd_relay_restrictions: 'permit_mynetworks, reject',
    in_flow_delay: '0',
    disable_dns_lookups: 'yes',
    default_destination_concurrency_limit: '20',
    virtual_mailbox_domains: 'merpati.test, far.test',
    virtual_mailbox_maps: 'static:box/',
    virtual_mailbox_base: join(folder, 'mail'),
    virtual_uid_maps: `static:${uid}`,
    virtual_gid_maps: `static:${gid}`,
    virtual_minimum_uid: '1',
  }
  const holding = { smtpd_recipient_restrictions: 'check_recipient_access static:HOLD, permit_mynetworks, reject' }
  if (task.kind === 'queue') return { ...common, ...holding }
  if (task.kind === 'maildir') return common
  const milter = task.milter === undefined ? {} : { smtpd_milters: `inet:127.0.0.1:${task.milter}`, milter_default_action: 'tempfail' }
  return { ...common, ...(task.held ? holding : {}), ...milter, virtual_transport: `${task.transport}:inet:[127.0.0.1]:${task.port}`.replace('smtp:inet:', 'smtp:'), minimal_backoff_time: '1s', maximal_backoff_time: '2s' }
}

/** Debian's master.cf, cut to what runs here: nothing is chrooted, because the queue folder holds no libraries. */
function services(port: number): string {
  const inner = (name: string): string => `${name} unix - - n - - ${name}\n`
  return [
    `127.0.0.1:${port} inet n - n - - smtpd\n`,
    'pickup unix n - n 60 1 pickup\n',
    'cleanup unix n - n - 0 cleanup\n',
    'qmgr unix n - n 300 1 qmgr\n',
    'rewrite unix - - n - - trivial-rewrite\n',
    'bounce unix - - n - 0 bounce\n',
    'defer unix - - n - 0 bounce\n',
    'trace unix - - n - 0 bounce\n',
    'flush unix n - n 1000? 0 flush\n',
    'showq unix n - n - - showq\n',
    'postlog unix-dgram n - n - 1 postlogd\n',
    'tlsmgr unix - - n 1000? 1 tlsmgr\n',
    'virtual unix - n n - - virtual\n',
    ...['smtp', 'lmtp', 'error', 'discard', 'anvil', 'scache', 'proxymap'].map(inner),
  ].join('')
}

/** Numeric ids of a user or group by name. */
function ids(file: string, name: string): readonly [number, number] {
  const found = readFileSync(file, 'utf8').split('\n').map((line) => line.split(':')).find(([first]) => first === name)
  if (found === undefined) throw new Error(`no ${name} in ${file}: apt-get install postfix`)
  return [Number(found[2]), Number(found[3])]
}

function entries(folder: string): number {
  try {
    return readdirSync(folder).length
  } catch {
    return 0 // Nothing was delivered yet.
  }
}

/** Files below a queue folder: deferred mail is hashed into folders one level deep. */
function files(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile()).length
}
