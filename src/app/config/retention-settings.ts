import { z } from 'zod'
import { BOUNDS, checkDays, type Kind } from '../../core/retention/terms.ts'

/** A time in whole days, such as "90d". */
const days = (kind: Kind) =>
  z
    .string()
    .regex(/^\d{1,5}d$/, { error: 'want whole days such as "30d"' })
    .default(`${BOUNDS[kind].usual}d`)
    .transform((text, context) => {
      const checked = checkDays(kind, Number.parseInt(text, 10))
      if (checked.ok) return checked.value
      context.addIssue({ code: 'custom', message: checked.error })
      return z.NEVER
    })

/** Settings of `[retention]`. */
export const retentionSettings = z.strictObject({
  events: days('events').describe('What happened to each message: what the trace tells. Counts are kept for 25 months whatever this says.'),
  transcripts: days('transcripts').describe('What was said with other servers.'),
  bodies: days('bodies').describe('Messages that programs sent, after the last of their deliveries ended.'),
  webhooks: days('webhooks').describe('Calls of webhooks, with their tries.'),
  audit: days('audit').describe('Who changed what: a year at least.'),
})
