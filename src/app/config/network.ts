import { isIP } from 'node:net'
import { z } from 'zod'

/** A network (CIDR) in the configuration. */
export const network = z.string().refine(isNetwork, { error: 'want a network such as "192.0.2.0/24" or "2001:db8::/32"' })

function isNetwork(text: string): boolean {
  const [net = '', bits, ...rest] = text.split('/')
  const version = isIP(net)
  if (version === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32))
}
