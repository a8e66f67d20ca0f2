import { createServer } from 'node:net'
import { fail, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'

/** Where something wants to listen. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

/**
 * Why an endpoint cannot be had: somebody listens there (`in-use`), we lack the right (`denied`, ports below 1024), or this
 * machine has no such address (`no-address`).
 */
export interface EndpointFault extends Endpoint {
  readonly reason: 'in-use' | 'denied' | 'no-address'
}

const REASONS: Readonly<Record<string, EndpointFault['reason']>> = {
  EADDRINUSE: 'in-use',
  EACCES: 'denied',
  EPERM: 'denied',
  EADDRNOTAVAIL: 'no-address',
  EAFNOSUPPORT: 'no-address',
  EINVAL: 'no-address',
}

/**
 * Binds each endpoint plainly once and lets go again, to find out whether workers will be able to share it.
 *
 * Two processes that both use `reusePort` would share a port in silence; a plain bind fails while anybody listens.
 * Port 0 is passed over. All faults are reported, not only the first.
 */
export async function probe(endpoints: readonly Endpoint[]): Promise<Result<void, readonly EndpointFault[]>> {
  const faults: EndpointFault[] = []
  for (const endpoint of endpoints) {
    if (endpoint.port === 0) continue
    const reason = await tryToBind(endpoint)
    if (reason !== null) faults.push({ address: endpoint.address, port: endpoint.port, reason })
  }
  return faults.length === 0 ? ok(undefined) : fail(faults)
}

async function tryToBind({ address, port }: Endpoint): Promise<EndpointFault['reason'] | null> {
  const server = createServer()
  return await new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = REASONS[error.code ?? '']
      if (reason === undefined) reject(error)
      else resolve(reason)
    })
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(null)))
  })
}
