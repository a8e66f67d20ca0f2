import { createHash } from 'node:crypto'
import { clientNet } from '../../access/client-net.ts'

/** Who writes to whom. Addresses are envelope addresses; '' is the null sender. */
export interface GreyTriple {
  readonly client: string
  readonly sender: string
  readonly recipient: string
}

/** A greylist key: the net of the client, the sender as far as it is the same for each mail, and the recipient; hashed, since it need not be read. */
export function greyKey({ client, sender, recipient }: GreyTriple): string {
  // No part has a line feed that could pass for the end of another: JSON escapes it.
  const text = JSON.stringify([clientNet(client), steadySender(sender), recipient.toLowerCase()])
  return createHash('sha256').update(text).digest('base64url')
}

const SRS0 = /^srs0[=+-][^=]{1,64}=[^=]{1,8}=([^=]{1,253})=(.+)$/
const SRS1 = /^srs1[=+-][^=]{1,64}=([^=]{1,253})=[=+-](.+)$/

/**
 * The part of a sender that is the same in every mail: lower-case, what a forwarder rewrote unwrapped (its domain stays out, since farms of
 * forwarders have many), numbers and hexadecimal runs as `#`, which is where return paths know their delivery. `<>` for the null sender.
 */
export function steadySender(sender: string): string {
  if (sender === '') return '<>'
  const lower = sender.toLowerCase()
  const at = lower.lastIndexOf('@')
  const local = at === -1 ? lower : lower.slice(0, at)
  const domain = at === -1 ? '' : lower.slice(at)
  const [, host0, local0] = SRS0.exec(local) ?? []
  if (host0 !== undefined && local0 !== undefined) return `${steady(local0)}@${host0}`
  const [, host1, rest1] = SRS1.exec(local) ?? []
  const [, hostIn, localIn] = rest1 === undefined ? [] : (/^[^=]{1,64}=[^=]{1,8}=([^=]{1,253})=(.+)$/.exec(rest1) ?? [])
  if (host1 !== undefined && hostIn !== undefined && localIn !== undefined) return `${steady(localIn)}@${hostIn}`
  return `${steady(local)}${domain}`
}

function steady(local: string): string {
  return local.replace(/[a-z0-9]+/g, (word) => (/^[0-9a-f]*$/.test(word) && /[0-9]/.test(word) && word.length >= 4 ? '#' : word.replace(/[0-9]+/g, '#')))
}
