import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** Two ends of one loopback connection, for tests. */
export async function socketPair(): Promise<{ readonly server: Socket; readonly client: Socket }> {
  const listener = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const client = connect({ port: (listener.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  client.on('error', () => {})
  const [[server]] = await Promise.all([once(listener, 'connection') as Promise<[Socket]>, once(client, 'connect')])
  listener.close()
  return { server, client }
}

/** Collects what a socket receives; `until` resolves once the text so far satisfies `enough`. */
export class Ear {
  text = ''
  chunks = 0
  #check: () => void = () => {}

  constructor(socket: Socket) {
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      this.text += chunk
      this.chunks += 1
      this.#check()
    })
    socket.on('close', () => this.#check())
  }

  async until(enough: (text: string) => boolean): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#check = () => {
        if (enough(this.text)) resolve()
      }
      this.#check()
    })
    return this.text
  }
}
