import { z } from 'zod'
import { DEFAULT_ATTACHMENT_POLICY } from '../../core/filter/attachment-policy.ts'
import { DEFAULT_THRESHOLDS } from '../../core/filter/judge.ts'
import { MAX_SCORE } from '../../core/filter/limits.ts'
import { rspamdAddress, scannerAddress, type ScannerAddress } from '../../core/filter/scan/address.ts'
import type { ChecksConfig } from './config.ts'
import { network } from './network.ts'

const at = (read: (text: string) => ScannerAddress | null, wanted: string) =>
  z.string().transform((text, context) => {
    const address = read(text)
    if (address !== null) return address
    context.addIssue({ code: 'custom', message: wanted })
    return z.NEVER
  })

const address = at(scannerAddress, 'want "unix:" and a path, or an IP address and a port, such as "unix:/run/clamav/clamd.ctl" or "127.0.0.1:3310"')

const onOutage = z.enum(['tempfail', 'tag']).default('tempfail')

const points = (usual: number) => z.number().min(0).max(MAX_SCORE).default(usual)

const attachmentAction = (usual: 'refuse' | 'quarantine' | 'score') => z.enum(['refuse', 'quarantine', 'score']).default(usual)

const domainName = z.string().regex(/^[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+$/, { error: 'want a domain such as "example.org"' })

/** Longer than this, programs give up that only look whether we are there. deliverability §5.1. */
const MAX_GREET_DELAY_S = 3

/** `[filter]`: what becomes of mail from strangers, and scanners outside of this program that look at it. */
export const filterSettings = z.strictObject({
  reject: points(DEFAULT_THRESHOLDS.reject).describe('Mail of this score or more is refused.'),
  junk: points(DEFAULT_THRESHOLDS.junk).describe('Mail of this score or more goes to Junk.'),
  tag: points(DEFAULT_THRESHOLDS.tag).describe('Mail of this score or more is marked as suspicious in its header.'),
  dmarc: z.enum(['observe', 'standard', 'strict']).default('standard').describe('How far policies of other domains are obeyed: "observe" only scores, "standard" refuses where something else speaks against the message too, "strict" does as they say.'),
  greylist: z.enum(['off', 'selective', 'all']).default('selective').describe('Whether unknown senders are asked to come back: "selective" asks those that look suspicious.'),
  greet_delay: z.number().min(0).max(MAX_GREET_DELAY_S).default(1).describe('Seconds that clients wait for the banner from which nothing was taken in the last day: programs that only send spam do not wait. 0 for none.'),
  dns_lists: z.enum(['on', 'off']).default('on').describe('Whether DNS lists (Spamhaus and others) are asked. They answer only resolvers of your own: name one in outbound.resolvers.'),
  trusted: z.array(network).default([]).describe('Networks whose mail is taken in the name of your own domains without a login, and never weighed for where it comes from.'),
  trusted_sealers: z.array(domainName).max(100).default([]).describe('Domains of forwarders whose ARC seals are believed.'),
  scores: z.record(z.string().regex(/^[A-Z][A-Z0-9_]{1,59}$/, { error: 'want the name of a rule, such as "HTML_ONLY"' }), z.number().min(-MAX_SCORE).max(MAX_SCORE)).default({}).describe('What rules weigh, where you know better: "merpati explain" names them. A table [filter.scores].'),
  attachments: z
    .strictObject({
      blocked: attachmentAction('refuse').describe('Programs and scripts.'),
      macros: attachmentAction('quarantine').describe('Office documents with macros; "quarantine" puts them into Junk.'),
      encrypted: attachmentAction('score').describe('Archives with a password.'),
      bombs: attachmentAction('refuse').describe('Archives beyond the limits.'),
      android: z.enum(['blocked', 'allowed']).default('blocked').describe('Programs for Android.'),
      also_blocked: z.array(z.string().regex(/^[a-z0-9]{1,20}$/, { error: 'want an extension without its dot, such as "iso"' })).max(200).default([]).describe('More extensions that count as programs.'),
    })
    .prefault({})
    .describe('What becomes of attachments, as a table [filter.attachments].'),
  clamav: z
    .strictObject({ address, on_outage: onOutage })
    .optional()
    .describe(
      'A table [filter.clamav] for a clamd that scans mail: address = "unix:/run/clamav/clamd.ctl" or "127.0.0.1:3310". While it is down, on_outage = "tempfail" lets mail wait for up to ten minutes, "tag" lets it in at once; it is then marked as not scanned.',
    ),
  rspamd: z
    .strictObject({ url: at(rspamdAddress, 'want an address such as "http://127.0.0.1:11333" or "unix:/run/rspamd.sock"') })
    .optional()
    .describe('A table [filter.rspamd] for an rspamd whose opinion adds to the score of mail: url = "http://127.0.0.1:11333". Mail is never put off for it.'),
  milter: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,30}$/, { error: 'want a short name such as "opendkim"' }),
        address,
        on_outage: onOutage,
      }),
    )
    .max(5)
    .default([])
    .describe('Filters that speak the milter protocol, one [[filter.milter]] each: name, address = "unix:/run/opendkim.sock" or "127.0.0.1:8891", and on_outage as for clamav.'),
})

/** The checks of mail, as they were set. */
export function checksOf({ reject, junk, tag, dmarc, greylist, greet_delay: greetDelay, dns_lists: dnsLists, trusted, trusted_sealers: sealers, scores, attachments }: z.output<typeof filterSettings>): ChecksConfig {
  const { also_blocked: alsoBlocked, ...policy } = attachments
  return {
    thresholds: { reject, junk, tag }, dmarc, greylist, greetDelayMs: Math.round(greetDelay * 1000), dnsLists, trusted,
    scores: new Map(Object.entries(scores)), trustedSealers: new Set(sealers), attachments: { ...policy, alsoBlocked: new Set(alsoBlocked) },
  }
}

/** What holds where nobody says otherwise. */
export const USUAL_CHECKS: ChecksConfig = {
  thresholds: DEFAULT_THRESHOLDS, dmarc: 'standard', greylist: 'selective', greetDelayMs: 1000, dnsLists: 'on', trusted: [], scores: new Map(), trustedSealers: new Set(), attachments: DEFAULT_ATTACHMENT_POLICY,
}

/** Where a fault in `[filter]` was found, and the settings that are there. */
export function filterTableAt([, table]: readonly PropertyKey[]): { readonly at: string; readonly allowed: readonly string[] } {
  const { shape } = filterSettings
  switch (table) {
    case 'clamav':
    case 'rspamd':
      return { at: `[filter.${table}]`, allowed: Object.keys(shape[table].unwrap().shape) }
    case 'attachments':
      return { at: '[filter.attachments]', allowed: Object.keys(shape.attachments.unwrap().shape) }
    case 'milter':
      return { at: '[[filter.milter]]', allowed: Object.keys(shape.milter.unwrap().element.shape) }
    default:
      return { at: '[filter]', allowed: Object.keys(shape) }
  }
}
