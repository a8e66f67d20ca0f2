import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A program that tests run, and the Debian packages that hold it and what it needs for what the tests ask of it. */
interface Need {
  readonly command: string
  readonly packages: readonly string[]
  /** A file that must be there as well: part of a package without a command. */
  readonly file?: string
}

/** What the tests run besides Node. Everything here is a real peer: tests talk to it, nothing is replaced by a copy of ours. */
const TESTS: readonly Need[] = [
  { command: 'postgres', packages: ['postgresql'] },
  { command: 'curl', packages: ['curl'] },
  { command: 'swaks', packages: ['swaks', 'libnet-ssleay-perl', 'libauthen-sasl-perl'] },
  { command: 'msmtp', packages: ['msmtp'] },
  { command: 'gsasl', packages: ['gsasl'] },
  { command: 'mutt', packages: ['mutt'] },
  { command: 'script', packages: ['bsdutils'] }, // mutt wants a terminal.
  { command: 'mbsync', packages: ['isync', 'libsasl2-modules'] },
  { command: 'fetchmail', packages: ['fetchmail'] },
  { command: 'mpop', packages: ['mpop'] },
  { command: 'getmail', packages: ['getmail6'] },
  { command: 'offlineimap', packages: ['offlineimap3'] },
  { command: 'python3', packages: ['python3'] },
  { command: 'smtp-source', packages: ['postfix'] }, // With smtp-sink, Postfix's own load generator.
  { command: 'opendkim', packages: ['opendkim'] },
  { command: 'opendkim-testmsg', packages: ['opendkim-tools'] },
  { command: 'dkimverify', packages: ['python3-dkim', 'python3-nacl', 'python3-authres'], file: '/usr/lib/python3/dist-packages/authres/__init__.py' }, // authres: dkimpy seals with it.
  { command: 'clamd', packages: ['clamav-daemon'] },
  { command: 'rspamd', packages: ['rspamd'] },
  { command: 'unbound', packages: ['unbound'] },
  { command: 'nsd', packages: ['nsd'] },
  { command: 'pebble', packages: ['pebble'] }, // An authority for tests, of those who run the largest.
  { command: 'ldns-signzone', packages: ['ldnsutils'] }, // Signs the zones that unbound validates.
  { command: 'cc', packages: ['gcc', 'libc6-dev'] }, // The power cut is a small C library below the server.
]

/** What the benchmarks measure us beside. */
const BENCHMARKS: readonly Need[] = [
  { command: 'smtp-source', packages: ['postfix'] },
  { command: 'dovecot', packages: ['dovecot-imapd'] },
  { command: 'opendkim', packages: ['opendkim'] },
  { command: 'rspamd', packages: ['rspamd'] },
  { command: 'bogofilter', packages: ['bogofilter'] },
]

/** Asked by Debian's packages before they start a service: 101 means no. */
const POLICY = '/usr/sbin/policy-rc.d'

/**
 * Sees to it that the programs that tests or benchmarks need are there: installs them with apt-get when we are root on Debian, else
 * throws an error that says exactly what to install. Nothing is skipped in silence.
 */
export function ensureDebianPackages(forWhat: 'tests' | 'benchmarks'): void {
  const missing = (forWhat === 'tests' ? TESTS : BENCHMARKS).filter((need) => !isMet(need))
  if (missing.length === 0) return
  const packages = missing.flatMap((need) => need.packages)
  const byHand = `sudo apt-get install --no-install-recommends ${packages.join(' ')}`
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(`the ${forWhat} need ${missing.map(({ command }) => command).join(', ')}. Install them and start again:\n  ${byHand}`)
  }
  process.stdout.write(`installing from Debian: ${packages.join(' ')}\n`)
  withServicesHeld(() => {
    // The lists may be fresh enough; only when they are not is the update worth its half minute.
    if (install(packages)) return
    apt(['update', '-q'])
    if (!install(packages)) throw new Error(`apt-get could not install ${packages.join(' ')}: see above, or install them by hand:\n  ${byHand}`)
  })
  const still = missing.filter((need) => !isMet(need))
  if (still.length > 0) throw new Error(`apt-get ran, but these are not there: ${still.map(({ command }) => command).join(', ')}`)
}

function isMet({ command, file }: Need): boolean {
  return isThere(command) && (file === undefined || existsSync(file))
}

function isThere(command: string): boolean {
  const versions = '/usr/lib/postgresql'
  const postgres = existsSync(versions) ? readdirSync(versions).map((version) => join(versions, version, 'bin')) : []
  return [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', ...postgres].some((folder) => isExecutable(join(folder, command)))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** `--no-remove`: a machine that has another mail server keeps it, and we say so instead. */
function install(packages: readonly string[]): boolean {
  return apt(['install', '-q', '-y', '--no-install-recommends', '--no-remove', ...packages])
}

function apt(args: readonly string[]): boolean {
  const quiet = ['-o', 'DPkg::Lock::Timeout=120', '-o', 'Dpkg::Use-Pty=0']
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync('apt-get', [...quiet, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
}

/** Nothing that is installed for tests may start listening: Postfix would take port 25 of a developer's machine. */
function withServicesHeld(work: () => void): void {
  const before = existsSync(POLICY) ? readFileSync(POLICY) : null
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    work()
  } finally {
    if (before === null) rmSync(POLICY, { force: true })
    if (before !== null) writeFileSync(POLICY, before)
  }
}
