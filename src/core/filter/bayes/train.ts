import type { AccountId, EmailId, OrganizationId } from '../../../base/brand.ts'
import type { Event, Position } from '../../event/event.ts'
import type { Reader } from '../../event/follow.ts'
import { type SegmentReader, storedBytes } from '../../mailbox/body.ts'
import type { EmailBytes } from '../../mailbox/sql-read.ts'
import { MAX_CONTENT_BYTES } from '../limits.ts'
import { MAX_VOTES_PER_WRITE } from './limits.ts'
import { packTokens } from './pack.ts'
import type { Vote } from './vote.ts'

/** What learning from users is made of. */
export interface TrainOptions {
  readonly segments: SegmentReader
  /** Where the bytes of an email are; null when it is gone. */
  readonly bytesOf: (account: AccountId, email: EmailId) => Promise<EmailBytes | null>
  /** Learns, and writes down at once where the reader stands. */
  readonly train: (args: { readonly votes: readonly (Omit<Vote, 'tokens'> & { readonly tokens: Uint8Array })[]; readonly position: Position }) => Promise<unknown>
  /** Tells who holds copies that these accounts taught something. A hint. */
  readonly taught: (accounts: readonly AccountId[]) => void
  /** Forgets some of what an account taught. */
  readonly forget: (account: { readonly organization: OrganizationId; readonly account: AccountId }) => Promise<'more' | 'done'>
}

/** Follows the log and learns what users say of their mail by moving and marking it, whatever protocol they did it by. deliverability §5.8. */
export function trainReader(options: TrainOptions, name: string): Reader {
  return {
    name,
    async handle(events, position) {
      let votes: Parameters<TrainOptions['train']>[0]['votes'] = []
      for (const event of events) {
        if (event.type === 'account.removed') await forgetAll(event, options)
        const vote = await voteOf(event, options)
        if (vote === null) continue
        votes = [...votes, { ...vote, tokens: packTokens(vote.tokens) }]
        if (votes.length < MAX_VOTES_PER_WRITE) continue
        await learn({ votes, position: event.position }, options)
        votes = []
      }
      await learn({ votes, position }, options)
    },
  }
}

async function learn(args: Parameters<TrainOptions['train']>[0], { train, taught }: TrainOptions): Promise<void> {
  await train(args)
  if (args.votes.length > 0) taught(args.votes.map(({ account }) => account))
}

/** After a crash it is begun again: what is gone is gone. */
async function forgetAll({ organization, account }: Event, { forget, taught }: TrainOptions): Promise<void> {
  if (account === null) return
  while ((await forget({ organization, account })) === 'more');
  taught([account])
}

/** What an event says of a message; null when it says nothing, or the message is gone. */
async function voteOf(event: Event, { bytesOf, segments }: TrainOptions): Promise<Vote | null> {
  const { type, organization, account, message, atMs } = event
  if ((type !== 'email.junked' && type !== 'email.unjunked') || account === null || message === null) return null
  const { email } = event.data as { readonly email: EmailId }
  const found = await bytesOf(account, email)
  if (found === null) return null
  // Loaded when somebody judges a message: the thread that follows the log need not carry the filter.
  const [{ provenDomain, readLearned, senderPrint }, { signatureOf }] = await Promise.all([import('./read-mail.ts'), import('./signature.ts')])
  const { content, tokens } = readLearned(await storedBytes(found.location, segments, Math.min(found.rawSize, MAX_CONTENT_BYTES))) // As it was read when it arrived.
  return {
    organization,
    account,
    message,
    said: type === 'email.junked' ? 'junk' : 'not-junk',
    sender: senderPrint(content, provenDomain(found.prefix)),
    signature: signatureOf(tokens),
    atMs,
    tokens,
  }
}
