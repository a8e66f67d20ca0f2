import type { ChainState } from '../../proto/arc/arc-set.ts'
import { Sealer, type SealRefusal } from '../../proto/arc/seal.ts'
import type { SigningKey } from '../../proto/dkim/sign.ts'
import { resultsOf } from '../../proto/mail/auth-results-read.ts'
import { asBuffer } from '../../proto/mail/bytes.ts'
import { readHeader } from '../../proto/mail/headers.ts'
import type { LeasedDelivery } from '../queue/delivery.ts'
import type { Form, Marks } from './content.ts'
import { headOf } from './head-of.ts'
import { Kept } from './kept.ts'
import { MAX_KEPT } from './limits.ts'
import type { SigningOptions } from './sign.ts'

const UNSEALED: Marks = { fields: '', note: null }

/** What the trace is told of a message that goes on without a seal of ours. */
const REFUSALS: Readonly<Record<SealRefusal | 'broken', string>> = {
  'broken': 'its ARC chain was broken when it came',
  'closed': 'a server before us has closed its ARC chain',
  'full': 'its ARC chain has no room for another set',
  'mismatch': 'its ARC chain is not the one that was checked when it came',
  'header-too-large': 'its header is too large',
}

/**
 * Seals others' mail that an alias of ours leads elsewhere, as the domain of that alias: RFC 8617 §5.1. The seal tells what we found when it
 * came, which the next server cannot find any more. docs/decision/009-arc-seals.md.
 */
export class MailSealer {
  readonly #options: SigningOptions
  readonly #kept = new Kept<Marks>(MAX_KEPT)

  constructor(options: SigningOptions) {
    this.#options = options
  }

  /** The set to put in front of a message, or why there is none. Nothing is told of mail that is nobody's to seal. */
  async seal({ message, view: { prefix, forwardedBy } }: LeasedDelivery, form: Form, pieces: () => AsyncIterable<Uint8Array>): Promise<Marks> {
    // Only our own field tells what we have found, and only what we have put in front is known to be ours.
    if (forwardedBy === undefined || resultsIn(Buffer.from(prefix)) === null) return UNSEALED
    const { organization, domain } = forwardedBy
    const [key] = await this.#options.keys(organization, domain)
    if (key === undefined) return UNSEALED
    return await this.#kept.of(`${message} ${form} ${organization} ${domain}`, () => this.#make(key, pieces))
  }

  async #make(key: SigningKey, pieces: () => AsyncIterable<Uint8Array>): Promise<Marks> {
    // Read from what is sent: a message made 7-bit may have another form of the field. Ours is the first one.
    const results = resultsIn(await headOf(pieces))
    if (results === null) return refused('header-too-large')
    const chain = chainIn(results)
    // §5.1.2 would have us close it with a set of our own. Whoever comes next finds it broken without that.
    if (chain === 'fail') return refused('broken')
    const sealer = new Sealer({ key, atSeconds: Math.floor(this.#options.clock.nowMs() / 1000), results, chain })
    for await (const piece of pieces()) sealer.push(piece)
    const sealed = await sealer.finish()
    // A character of it is an octet, and what was UTF-8 in the field is UTF-8 again.
    return sealed.ok ? { fields: Buffer.from(sealed.value, 'latin1').toString(), note: null } : refused(sealed.error)
  }
}

function refused(why: keyof typeof REFUSALS): Marks {
  return { fields: '', note: `Not sealed: ${REFUSALS[why]}` }
}

/** The value of the first Authentication-Results field, as it stands, a character an octet; null without one. */
function resultsIn(head: Uint8Array): string | null {
  const field = readHeader(head).fields.find(({ name }) => name === 'authentication-results')
  return field === undefined ? null : asBuffer(head).toString('latin1', field.valueStart, field.end)
}

/** What we found of the chain when the message came: §5.1 wants that, and not what is there after it went through us. */
function chainIn(results: string): ChainState {
  const found = resultsOf(results).find(({ method }) => method === 'arc')
  if (found === undefined || found.result === 'none') return 'none'
  return found.result === 'pass' ? 'pass' : 'fail'
}
