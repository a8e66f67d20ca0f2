import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeCertificate } from '../../test/support/certificate.ts'
import { accepts, freePort } from '../tool/port.ts'
import { withSbin } from '../tool/smtp-source.ts'
import { benchFolder, until } from '../tool/wait.ts'

/** A Dovecot of our own: one account with a Maildir, in a temporary folder, on ports of 127.0.0.1. */
export interface Dovecot extends AsyncDisposable {
  readonly pid: number
  readonly imap: number
  readonly imaps: number
  readonly user: string
  readonly password: string
}

/** Starts Debian's Dovecot over a mailbox that holds `messages`. It must be root, as a mail host's Dovecot is. */
export async function startDovecot(messages: Iterable<Uint8Array> = []): Promise<Dovecot> {
  if (process.getuid?.() !== 0) throw new Error('Dovecot starts only as root: run the benchmark as root')
  const folder = mkdtempSync(join(benchFolder(), 'merpati-dovecot-'))
  chmodSync(folder, 0o755)
  const [imap, imaps] = [await freePort(), await freePort()]
  for (const name of ['base', 'mail/new', 'mail/cur', 'mail/tmp']) mkdirSync(join(folder, name), { recursive: true })
  let number = 0
  for (const message of messages) writeFileSync(join(folder, 'mail', 'cur', `${1_700_000_000 + number}.M${number++}.bench:2,`), message)
  const { cert, key } = await makeCertificate(['peer.merpati.test'])
  writeFileSync(join(folder, 'cert.pem'), cert)
  writeFileSync(join(folder, 'key.pem'), key)
  const [uid, gid] = nobody()
  writeFileSync(join(folder, 'dovecot.conf'), settings(folder, { imap, imaps, uid, gid }))
  await once(spawn('chown', ['-R', `${uid}:${gid}`, join(folder, 'mail')]), 'exit')
  const master = spawn('dovecot', ['-F', '-c', join(folder, 'dovecot.conf')], { stdio: 'ignore', env: withSbin() })
  try {
    await until('Dovecot to listen', () => accepts(imap), 20_000)
  } catch (cause) {
    master.kill('SIGKILL')
    throw new Error(readFileSync(join(folder, 'log'), { encoding: 'utf8', flag: 'a+' }), { cause })
  }
  return {
    pid: master.pid ?? 0,
    imap,
    imaps,
    user: 'budi',
    password: 'merpati',
    async [Symbol.asyncDispose]() {
      const gone = once(master, 'exit')
      if (master.exitCode === null && master.kill('SIGTERM')) await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Places {
  readonly imap: number
  readonly imaps: number
  readonly uid: number
  readonly gid: number
}

/** Debian's defaults but for the paths; login processes serve many connections, which is what Dovecot advises for speed. */
function settings(folder: string, { imap, imaps, uid, gid }: Places): string {
  return `
protocols = imap
listen = 127.0.0.1
base_dir = ${folder}/base
state_dir = ${folder}/base
log_path = ${folder}/log
ssl = yes
ssl_cert = <${folder}/cert.pem
ssl_key = <${folder}/key.pem
disable_plaintext_auth = no
mail_location = maildir:${folder}/mail
mail_max_userip_connections = 2000
first_valid_uid = 1
first_valid_gid = 1
passdb {
  driver = static
  args = password=merpati
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${folder}/mail
}
service imap-login {
  service_count = 0
  client_limit = 2000
  inet_listener imap {
    port = ${imap}
  }
  inet_listener imaps {
    port = ${imaps}
    ssl = yes
  }
}
service imap {
  process_limit = 2000
}
`
}

function nobody(): readonly [number, number] {
  const found = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':')).find(([name]) => name === 'nobody')
  if (found === undefined) throw new Error('no user nobody to own the mail')
  return [Number(found[2]), Number(found[3])]
}
