import { z } from '@hono/zod-openapi'

/** A mailbox over HTTP. */
export const mailboxShape = z
  .object({
    id: z.string().openapi({ example: 'b-P7AGWW7YrykFne2Cn6S' }),
    name: z.string(),
    parent: z.string().nullable().openapi({ description: 'The id of the mailbox that it hangs below.' }),
    role: z.string().nullable().openapi({ description: '`inbox`, `drafts`, `sent`, `junk`, `trash`, `archive` ...; null for most.' }),
    total: z.number().int(),
    unseen: z.number().int(),
    size_bytes: z.number().int(),
  })
  .openapi('Mailbox')

const name = z.string().min(1).max(255).regex(/^[^\p{Cc}/]+$/u, { error: 'want one line of text without /' })
const parent = z.string().max(100).nullable()

/** A mailbox to be made. */
export const mailboxWishes = z.strictObject({ name, parent: parent.default(null) }).openapi('MailboxWishes')

/** Another name or place for one. */
export const mailboxChange = z
  .strictObject({ name: name.optional(), parent: parent.optional() })
  .refine((asked) => asked.name !== undefined || asked.parent !== undefined, { error: 'say what to change: name or parent' })
  .openapi('MailboxChange')
