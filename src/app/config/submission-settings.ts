import { z } from 'zod'
import { type Caps, USUAL_CAPS } from '../../core/filter/outbound/limits.ts'

const cap = (usual: number) => z.int().min(1).max(100_000_000).default(usual)

/** `[submission]`: how much accounts may send. */
export const submissionSettings = z.strictObject({
  messages_per_hour: cap(USUAL_CAPS.messagesPerHour).describe('Messages that an account may send in an hour; then it is told to try again later (450).'),
  recipients_per_day: cap(USUAL_CAPS.recipientsPerDay).describe('Recipients of an account in 24 hours.'),
  young_recipients_per_day: cap(USUAL_CAPS.youngRecipientsPerDay).describe('The same for accounts that are younger than 30 days.'),
  organization_messages_per_hour: cap(USUAL_CAPS.organizationMessagesPerHour).describe('Messages of all accounts of an organization in an hour.'),
  organization_recipients_per_day: cap(USUAL_CAPS.organizationRecipientsPerDay).describe('Recipients of all accounts of an organization in 24 hours.'),
  watch: z.enum(['on', 'off']).default('on').describe('"on" contains accounts that somebody else seems to use: they send no more, their passwords are void, their queue is held, and mail still arrives.'),
})

/** The caps that the settings name. */
export function capsOf(read: z.output<typeof submissionSettings>): Caps {
  return {
    messagesPerHour: read.messages_per_hour,
    recipientsPerDay: read.recipients_per_day,
    youngRecipientsPerDay: read.young_recipients_per_day,
    organizationMessagesPerHour: read.organization_messages_per_hour,
    organizationRecipientsPerDay: read.organization_recipients_per_day,
  }
}
