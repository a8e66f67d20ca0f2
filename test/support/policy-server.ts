import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TestCertificate } from './certificate.ts'

/** A web server that publishes MTA-STS policies. */
export interface PolicyServer extends AsyncDisposable {
  readonly port: number
  /** Policies by domain; one that is missing is 404. Changes as the test goes. */
  readonly policies: Map<string, string>
  /** How often it was asked for a domain's policy. */
  asked(domain: string): number
}

/** Starts one on a loopback address, for `mta-sts.<domain>` of every domain. */
export async function startPolicyServer(address: string, { cert, key }: TestCertificate): Promise<PolicyServer> {
  const policies = new Map<string, string>()
  const hosts: string[] = []
  const server: Server = createServer({ cert, key }, ({ url, headers }, response) => {
    const domain = headers.host?.replace(/^mta-sts\./, '') ?? ''
    hosts.push(domain)
    const policy = url === '/.well-known/mta-sts.txt' ? policies.get(domain) : undefined
    response.writeHead(policy === undefined ? 404 : 200, { 'content-type': 'text/plain' }).end(policy)
  })
  server.listen(0, address)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    policies,
    asked: (domain) => hosts.filter((host) => host === domain).length,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
