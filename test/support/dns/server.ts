import { createSocket } from 'node:dgram'
import type { Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { packetsFor } from './behaviour.ts'
import type { Behaviour } from './behaviour.ts'
import { readAsked } from './respond.ts'
import type { Asked } from './respond.ts'
import type { Zone } from './zone.ts'

/** For which questions a behaviour holds, beside the name. */
export interface When {
  readonly type?: string
  /** So many questions; then it is honest again. */
  readonly times?: number
}

/** A DNS server of a test's own, over UDP and TCP on one port. */
export interface DnsTestServer extends AsyncDisposable {
  readonly address: string
  readonly port: number
  /** All questions so far, in their order. */
  readonly queries: readonly Asked[]
  /** How many of them were for this name (any when left out) and type. */
  count(name?: string, type?: string): number
  /** Resolves when `count(name, type)` is `times` at least. */
  asked(name: string, times?: number, type?: string): Promise<void>
  /** Behaves so for a name (`*`: all names), until told otherwise. Null makes it honest again. The latest word that fits counts. */
  behave(name: string, behaviour: Behaviour | null, when?: When): void
  /** Keeps the answers to a name back until the returned function is called. */
  hold(name: string): () => void
  /** Answers from these zones from now on. */
  serve(zones: readonly Zone[]): void
}

interface Rule {
  readonly name: string
  readonly behaviour: Behaviour | null
  readonly type: string | null
  left: number
}

/** Sends the answers of one question, whatever it came over. */
type Send = (packets: readonly Buffer[] | null) => void

/** Starts a server that knows `zones`, and that nothing else exists. `address` is any of the loopback range. */
export async function startDns(zones: readonly Zone[] = [], address = '127.0.0.1'): Promise<DnsTestServer> {
  const queries: Asked[] = []
  const rules: Rule[] = []
  const watchers = new Set<() => void>()
  const held = new Map<string, (() => void)[]>()
  let served = zones
  const count = (name?: string, type?: string): number =>
    queries.filter((asked) => (name === undefined || asked.key === name) && (type === undefined || asked.type === type)).length
  const answer = (bytes: Buffer, over: 'udp' | 'tcp', port: number, send: Send): void => {
    const asked = readAsked(bytes, over, port)
    if (asked === null) return
    queries.push(asked)
    const fits = (rule: Rule): boolean => (rule.name === '*' || rule.name === asked.key) && (rule.type ?? asked.type) === asked.type
    const rule = rules.findLast((rule) => rule.left > 0 && fits(rule))
    if (rule !== undefined) rule.left--
    const packets = packetsFor(rule?.behaviour ?? null, served, asked)
    const waiting = held.get(asked.key)
    if (waiting === undefined) send(packets)
    else waiting.push(() => send(packets))
    for (const look of watchers) look()
  }
  const bound = await bind(address, answer)
  return {
    address,
    port: bound.port,
    queries,
    count,
    async asked(name, times = 1, type) {
      if (count(name, type) >= times) return
      await new Promise<void>((resolve) => {
        const look = (): void => {
          if (count(name, type) < times) return
          watchers.delete(look)
          resolve()
        }
        watchers.add(look)
      })
    },
    behave(name, behaviour, when = {}) {
      rules.push({ name, behaviour, type: when.type ?? null, left: when.times ?? Number.POSITIVE_INFINITY })
    },
    hold(name) {
      const waiting: (() => void)[] = []
      held.set(name, waiting)
      return () => {
        held.delete(name)
        for (const send of waiting) send()
      }
    },
    serve(next) {
      served = next
    },
    [Symbol.asyncDispose]: bound.close,
  }
}

type Handler = (bytes: Buffer, over: 'udp' | 'tcp', port: number, send: Send) => void

interface Bound {
  readonly port: number
  readonly close: () => Promise<void>
}

/** One port for both. The kernel chooses it for TCP; should somebody have it for UDP, it chooses again. */
async function bind(address: string, answer: Handler): Promise<Bound> {
  for (let left = 20; left > 0; left--) {
    const sockets = new Set<Socket>()
    const tcp = createServer((socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      serveTcp(socket, answer)
    })
    tcp.listen(0, address)
    await once(tcp, 'listening')
    const { port } = tcp.address() as AddressInfo
    const udp = await bindUdp(address, port, answer)
    const closeTcp = async (): Promise<void> => {
      for (const socket of sockets) socket.destroy()
      await closed(tcp)
    }
    if (udp === null) {
      await closeTcp()
      continue
    }
    const close = async (): Promise<void> => {
      await new Promise<void>((resolve) => udp.close(() => resolve()))
      await closeTcp()
    }
    return { port, close }
  }
  throw new Error(`no port of ${address} is free for both UDP and TCP`)
}

async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.close(() => resolve()))
}

/** Null when the port is taken. */
async function bindUdp(address: string, port: number, answer: Handler): Promise<UdpSocket | null> {
  const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  let isOpen = true
  udp.once('close', () => {
    isOpen = false
  })
  udp.on('message', (bytes, from) => {
    answer(bytes, 'udp', from.port, (packets) => {
      // Whoever asked may be gone; what is sent too late is lost, as on any network.
      for (const packet of packets ?? []) if (isOpen) udp.send(packet, from.port, from.address)
    })
  })
  return await new Promise((resolve, reject) => {
    udp.once('error', (error: NodeJS.ErrnoException) => {
      udp.close()
      if (error.code === 'EADDRINUSE') resolve(null)
      else reject(error)
    })
    udp.bind({ address, port, exclusive: true }, () => {
      udp.removeAllListeners('error')
      udp.on('error', () => {}) // A refused packet: the asker is gone.
      resolve(udp)
    })
  })
}

function serveTcp(socket: Socket, answer: Handler): void {
  let received = Buffer.alloc(0)
  socket.on('error', () => {}) // 'close' follows.
  socket.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes])
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0)
      const message = received.subarray(2, end)
      received = received.subarray(end)
      answer(message, 'tcp', socket.remotePort ?? 0, (packets) => {
        if (packets === null) return void socket.destroy()
        for (const packet of packets) socket.write(framed(packet))
      })
    }
  })
}

function framed(packet: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(packet.length)
  return Buffer.concat([length, packet])
}
