import { z } from 'zod'
import { rspamdAddress, scannerAddress, type ScannerAddress } from '../../core/filter/scan/address.ts'

const at = (read: (text: string) => ScannerAddress | null, wanted: string) =>
  z.string().transform((text, context) => {
    const address = read(text)
    if (address !== null) return address
    context.addIssue({ code: 'custom', message: wanted })
    return z.NEVER
  })

const address = at(scannerAddress, 'want "unix:" and a path, or an IP address and a port, such as "unix:/run/clamav/clamd.ctl" or "127.0.0.1:3310"')

const onOutage = z.enum(['tempfail', 'tag']).default('tempfail')

/** `[filter]`: scanners outside of this program that look at mail. */
export const filterSettings = z.strictObject({
  clamav: z
    .strictObject({ address, on_outage: onOutage })
    .optional()
    .describe(
      'A table [filter.clamav] for a clamd that scans mail: address = "unix:/run/clamav/clamd.ctl" or "127.0.0.1:3310". While it is down, on_outage = "tempfail" lets mail wait for up to ten minutes, "tag" lets it in at once; it is then marked as not scanned.',
    ),
  rspamd: z
    .strictObject({ url: at(rspamdAddress, 'want an address such as "http://127.0.0.1:11333" or "unix:/run/rspamd.sock"') })
    .optional()
    .describe('A table [filter.rspamd] for an rspamd whose opinion adds to the score of mail: url = "http://127.0.0.1:11333". Mail never waits for it.'),
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

/** Where a fault in `[filter]` was found, and the settings that are there. */
export function filterTableAt([, table]: readonly PropertyKey[]): { readonly at: string; readonly allowed: readonly string[] } {
  const { shape } = filterSettings
  switch (table) {
    case 'clamav':
    case 'rspamd':
      return { at: `[filter.${table}]`, allowed: Object.keys(shape[table].unwrap().shape) }
    case 'milter':
      return { at: '[[filter.milter]]', allowed: Object.keys(shape.milter.unwrap().element.shape) }
    default:
      return { at: '[filter]', allowed: Object.keys(shape) }
  }
}
