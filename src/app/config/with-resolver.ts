import { isIP } from 'node:net'
import type { Config } from './config.ts'
import { endpointOf } from './endpoint.ts'

/** The configuration with another DNS server, as `--resolver` names it; null for what is none. */
export function withResolver(config: Config, text: string | undefined): Config | null {
  if (text === undefined) return config
  const endpoint = endpointOf(text)
  if (!endpoint.ok || isIP(endpoint.value.host) === 0) return null
  return { ...config, outbound: { ...config.outbound, resolvers: [{ address: endpoint.value.host, port: endpoint.value.port }] } }
}
