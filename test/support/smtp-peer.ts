import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'

/** A message that a peer was given. */
export interface PeerMessage {
  readonly from: string
  readonly to: readonly string[]
  /** As it came, dots taken off. */
  readonly text: string
  readonly tls: boolean
  /** Which connection of this peer, from 1. */
  readonly connection: number
  /** The address it came from, and the name in EHLO. */
  readonly client: string
  readonly helo: string
}

/** A stage of the conversation. */
export type PeerStage = 'banner' | 'ehlo' | 'starttls' | 'mail' | 'rcpt' | 'data' | 'final'

/** What the peer does at a stage: says this line, hangs up, or says nothing more. */
export type PeerTurn = string | 'drop' | 'silence'

/** Tells what to do at a stage; null does what an honest server does. `line` is the command, or the message at `final`. */
export type PeerScript = (stage: PeerStage, line: string) => PeerTurn | null

/** An SMTP server of a test's own. */
export interface SmtpPeer extends AsyncDisposable {
  readonly address: string
  readonly port: number
  readonly messages: readonly PeerMessage[]
  /** Connections so far. */
  readonly connections: number
  /** Those that are open now, and the most there were at one time. */
  readonly open: number
  readonly mostAtOnce: number
  /** Changes its mind. */
  script: PeerScript
  /** Ends every connection that is open, as a server that restarts. */
  hangUp(): void
  /** Resolves when it has been given that many messages. */
  given(count: number): Promise<void>
}

/** What a peer is. */
export interface PeerOptions {
  readonly address: string
  readonly port?: number
  readonly script?: PeerScript
  /** Lines of EHLO after the name; PIPELINING, 8BITMIME and so on. */
  readonly offers?: readonly string[]
  /** A certificate for STARTTLS. */
  readonly tls?: { readonly cert: string; readonly key: string }
}

const USUAL_OFFERS = ['PIPELINING', 'SIZE 50000000', '8BITMIME', 'ENHANCEDSTATUSCODES', 'DSN', 'SMTPUTF8', 'CHUNKING']

/** Starts an SMTP server that takes everything, unless its script says otherwise. */
export async function startPeer(options: PeerOptions): Promise<SmtpPeer> {
  const peer = new Peer(options)
  await peer.listen()
  return peer
}

class Peer implements SmtpPeer {
  readonly #options: PeerOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly messages: PeerMessage[] = []
  connections = 0
  mostAtOnce = 0
  script: PeerScript
  #wake: (() => void)[] = []

  constructor(options: PeerOptions) {
    this.#options = options
    this.script = options.script ?? (() => null)
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.connections += 1
      this.#sockets.add(socket)
      this.mostAtOnce = Math.max(this.mostAtOnce, this.#sockets.size)
      socket.on('error', () => {})
      socket.on('close', () => this.#sockets.delete(socket))
      new Conversation(this, socket, this.connections).begin()
    })
  }

  get options(): PeerOptions {
    return this.#options
  }

  get address(): string {
    return this.#options.address
  }

  get open(): number {
    return this.#sockets.size
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async listen(): Promise<void> {
    this.#server.listen(this.#options.port ?? 0, this.#options.address)
    await once(this.#server, 'listening')
  }

  take(message: PeerMessage): void {
    this.messages.push(message)
    for (const wake of this.#wake.splice(0)) wake()
  }

  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async given(count: number): Promise<void> {
    while (this.messages.length < count) await new Promise<void>((resolve) => this.#wake.push(resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** One connection to a peer. */
class Conversation {
  readonly #peer: Peer
  readonly #number: number
  #socket: Socket
  #buffer = ''
  #from = ''
  #to: string[] = []
  #content = false
  /** It was told to say nothing more: what comes after that is not heard either. */
  #isMute = false
  #tls = false
  #helo = ''

  constructor(peer: Peer, socket: Socket, number: number) {
    this.#peer = peer
    this.#socket = socket
    this.#number = number
  }

  begin(): void {
    this.#hear()
    this.#turn('banner', '', '220 peer.test ESMTP')
  }

  #hear(): void {
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (text: string) => {
      this.#buffer += text
      this.#read()
    })
  }

  #read(): void {
    for (;;) {
      if (this.#isMute) return
      const end = this.#buffer.indexOf(this.#content ? '\r\n.\r\n' : '\r\n')
      if (end === -1) return
      const part = this.#buffer.slice(0, end)
      this.#buffer = this.#buffer.slice(end + (this.#content ? 5 : 2))
      if (this.#content) this.#final(`${part}\r\n`.replace(/^\.\./gm, '.'))
      else this.#command(part)
    }
  }

  #command(line: string): void {
    const verb = line.slice(0, 4).toUpperCase()
    if (verb === 'EHLO') {
      this.#helo = line.slice(5)
      return void this.#turn('ehlo', line, this.#hello())
    }
    if (verb === 'STAR') return this.#startTls(line)
    if (verb === 'MAIL' && this.#turn('mail', line, '250 2.1.0 Ok')) return this.#open(line)
    if (verb === 'RCPT' && this.#turn('rcpt', line, '250 2.1.5 Ok')) return void this.#to.push(pathOf(line))
    if (verb === 'DATA') return this.#data(line)
    if (verb === 'QUIT') return void this.#socket.end('221 2.0.0 Bye\r\n')
    if (verb === 'RSET' || verb === 'NOOP') this.#socket.write('250 2.0.0 Ok\r\n')
    else if (verb !== 'MAIL' && verb !== 'RCPT') this.#socket.write('500 5.5.1 What?\r\n')
  }

  #open(line: string): void {
    this.#from = pathOf(line)
    this.#to = []
  }

  #data(line: string): void {
    if (this.#to.length === 0) return void this.#socket.write('554 5.5.1 No valid recipients\r\n')
    this.#content = this.#turn('data', line, '354 Go on')
  }

  #hello(): string {
    const offers = [...(this.#peer.options.offers ?? USUAL_OFFERS), ...(this.#peer.options.tls !== undefined && !this.#tls ? ['STARTTLS'] : [])].filter((offer) => offer !== 'CHUNKING')
    return ['peer.test', ...offers].map((text, index, all) => `250${index === all.length - 1 ? ' ' : '-'}${text}`).join('\r\n')
  }

  #startTls(line: string): void {
    const { tls } = this.#peer.options
    if (tls === undefined || !this.#turn('starttls', line, '220 2.0.0 Go on')) return
    this.#socket.removeAllListeners('data')
    const plain = this.#socket
    this.#socket = new TLSSocket(plain, { isServer: true, secureContext: createSecureContext(tls) })
    this.#socket.on('error', () => plain.destroy())
    this.#tls = true
    this.#hear()
  }

  #final(text: string): void {
    this.#content = false
    const message = { from: this.#from, to: this.#to, text, tls: this.#tls, connection: this.#number, client: this.#socket.remoteAddress ?? '', helo: this.#helo }
    const turn = this.#peer.script('final', text)
    if (turn === null) this.#peer.take(message)
    this.#say(turn ?? '250 2.0.0 Ok: queued as PEER')
  }

  /** True when the honest line was said. */
  #turn(stage: PeerStage, line: string, honest: string): boolean {
    const turn = this.#peer.script(stage, line)
    this.#say(turn ?? honest)
    return turn === null
  }

  #say(turn: PeerTurn): void {
    this.#isMute ||= turn === 'silence'
    if (turn === 'drop') this.#socket.destroy()
    else if (turn !== 'silence') this.#socket.write(`${turn}\r\n`)
  }
}

function pathOf(line: string): string {
  return /<([^>]*)>/.exec(line)?.[1] ?? ''
}
