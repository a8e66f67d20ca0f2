import { type DnsTestServer, startDns } from './dns/server.ts'
import { type Entry, type Zone, zone } from './dns/zone.ts'
import { type Demo, startDemo } from './server.ts'
import { SmtpClient } from './smtp-client.ts'
import { type PeerOptions, type SmtpPeer, startPeer } from './smtp-peer.ts'

/** A small Internet on loopback: a DNS server, SMTP servers on addresses of their own, and a demo that sends to them. */
export interface MailNetwork extends AsyncDisposable {
  readonly dns: DnsTestServer
  readonly demo: Demo
  /** Peers by their address's last number: `peer(2)` is at 127.0.0.2. */
  peer(number: number): SmtpPeer
  /** Sends as ani; the text has CRLF line ends. Resolves when it was accepted, with the message's id. */
  submit(to: string | readonly string[], text?: string, params?: SubmitParams): Promise<string>
}

/** Parameters of MAIL and RCPT, as they are written. */
export interface SubmitParams {
  readonly mail?: string
  readonly rcpt?: string
}

type Names = Readonly<Record<string, Entry>>

/** What a network is made of. */
export interface NetworkOptions {
  /** Names below `far.test`, perhaps by the port that peers listen on. */
  readonly names: Names | ((port: number) => Names)
  /** `far.test` is signed, and the demo's DNS server is one that validates. */
  readonly dnssec?: true
  /** Other zones. */
  readonly zones?: readonly Zone[]
  /** More of the demo's environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Servers by the last number of their address. */
  readonly peers: Readonly<Record<number, Omit<PeerOptions, 'address' | 'port'>>>
}

/** What tells whether a server validates. */
const TEST_ZONES = [zone('signed.test', { '@': { A: ['192.0.2.1'] } }, { signed: true }), zone('broken.test', { '@': { A: ['192.0.2.1'] } }, { bogus: true })]

/** Starts all of it. Every peer listens on the same port, as mail servers do. */
export async function startNetwork({ names, dnssec, zones = [], env = {}, peers }: NetworkOptions): Promise<MailNetwork> {
  await using started = new AsyncDisposableStack()
  const byNumber = new Map<number, SmtpPeer>()
  let port = 0
  for (const [number, options] of Object.entries(peers)) {
    const peer = started.use(await startPeer({ ...options, address: `127.0.0.${number}`, port }))
    port = peer.port
    byNumber.set(Number(number), peer)
  }
  const far = zone('far.test', typeof names === 'function' ? names(port) : names, { signed: dnssec === true })
  const dns = started.use(await startDns([far, ...TEST_ZONES, ...zones]))
  const demo = started.use(await startDemo({ flags: ['--resolver', `127.0.0.1:${dns.port}`], env: { ...env, MERPATI_MX_PORT: String(port || 25), ...(dnssec === true ? { MERPATI_RESOLVER_VALIDATING: 'signed.test broken.test' } : {}) } }))
  const running = started.move()
  return {
    dns,
    demo,
    peer(number) {
      const peer = byNumber.get(number)
      if (peer === undefined) throw new Error(`there is no peer ${number}`)
      return peer
    },
    submit: (to, text, params) => submit(demo, typeof to === 'string' ? [to] : to, text, params),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

const HALO = 'From: ani@merpati.test\r\nSubject: Halo\r\n\r\nHalo dari Ani.\r\n'

/** Sends as ani, over TLS. Resolves when it was accepted, with the message's id. */
export async function submit(demo: Demo, to: readonly string[], text: string = HALO, params: SubmitParams = {}): Promise<string> {
  using client = await SmtpClient.open({ port: demo.ports.submissions, tls: true })
  await client.command('EHLO laptop.test')
  await client.command(`AUTH PLAIN ${Buffer.from('\0ani@merpati.test\0merpati').toString('base64')}`)
  await client.command(`MAIL FROM:<ani@merpati.test>${params.mail === undefined ? '' : ` ${params.mail}`}`)
  for (const address of to) await client.command(`RCPT TO:<${address}>${params.rcpt === undefined ? '' : ` ${params.rcpt}`}`)
  await client.command('DATA')
  await client.wire.write(`${text.replaceAll('\r\n.', '\r\n..')}.\r\n`)
  const reply = await client.reply()
  const id = /Ok: (\S+)/.exec(reply.text)?.[1]
  if (id === undefined) throw new Error(`not accepted: ${reply.code} ${reply.text}`)
  return id
}
