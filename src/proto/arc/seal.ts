import { fail, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { canonicalField, relaxed } from '../dkim/canonical-header.ts'
import { signedFields } from '../dkim/check.ts'
import { foldTags, listWords } from '../dkim/fold.ts'
import { MessagePass } from '../dkim/message-pass.ts'
import type { HeaderView } from '../dkim/message-pass.ts'
import { namesToSign } from '../dkim/sign.ts'
import type { SigningKey } from '../dkim/sign.ts'
import { algorithmOf, signText } from '../dkim/sign-text.ts'
import { lastInstance, readChain } from './arc-set.ts'
import type { ChainState, Structure } from './arc-set.ts'
import { MAX_SETS } from './limits.ts'

/** How to seal a message that goes on. */
export interface SealOptions {
  readonly key: SigningKey
  /** `t=`, seconds since 1970. */
  readonly atSeconds: number
  /** What was found when the message arrived: the value of its Authentication-Results field, authserv-id first; folds are kept. */
  readonly results: string
  /** The state of its chain when it arrived, `ArcResult.result`. It must not be judged anew after we changed the message. */
  readonly chain: ChainState
}

/** Why a message is not sealed. `closed`: a hop before us has ended the chain; `full`: it has fifty sets; `mismatch`: there is no such chain as `chain` says. */
export type SealRefusal = 'closed' | 'full' | 'mismatch' | 'header-too-large'

const BODY = { how: 'relaxed', limit: null } as const

/**
 * Adds the next set to the chain of a message that passes by once. RFC 8617 §5.1. Give it the bytes that will be sent, before our own
 * DKIM signature or with it.
 */
export class Sealer {
  readonly #options: SealOptions
  readonly #pass: MessagePass
  #header: HeaderView | null = null

  constructor(options: SealOptions) {
    this.#options = options
    this.#pass = new MessagePass((header) => {
      this.#header = header
      return [BODY]
    })
  }

  /** The next piece of the message. It may be overwritten when this returns. */
  push(bytes: Uint8Array): void {
    this.#pass.push(bytes)
  }

  /** The three fields to put before the message, CRLF included. */
  async finish(): Promise<Result<string, SealRefusal>> {
    if (this.#pass.end() === 'header-too-large' || this.#header === null) return fail('header-too-large')
    const header = this.#header
    const structure = readChain(header)
    const instance = lastInstance(header) + 1
    if (structure.kind === 'closed') return fail('closed') // §5.1.2: who finds it failed adds nothing more.
    if (instance > MAX_SETS || (structure.kind === 'broken' && structure.fault === 'too-many')) return fail('full')
    if (!agrees(structure, this.#options.chain)) return fail('mismatch')
    return ok(await this.#seal(header, structure, instance))
  }

  async #seal(header: HeaderView, structure: Structure, instance: number): Promise<string> {
    const { key, atSeconds, chain } = this.#options
    const algorithm = algorithmOf(key.key)
    const results = ` i=${instance}; ${oneField(this.#options.results)}`
    const names = this.#names(header)
    const bodyHash = this.#pass.digest(BODY).hash.toString('base64')
    const about = [`i=${instance};`, `a=${algorithm};`]
    const place = [`d=${key.domain};`, `s=${key.selector};`, `t=${atSeconds};`]
    const unsignedMessage = foldTags('ARC-Message-Signature', [...about, 'c=relaxed/relaxed;', ...place, ...listWords(names), `bh=${bodyHash};`])
    const messageText = signedFields(header, { names, header: 'relaxed' }, null) + relaxed('arc-message-signature', unsignedMessage).slice(0, -2)
    const message = unsignedMessage + (await signText(key.key, messageText))
    const unsignedSeal = foldTags('ARC-Seal', [...about, `cv=${chain};`, ...place])
    const own = relaxed('arc-authentication-results', results) + relaxed('arc-message-signature', message) + relaxed('arc-seal', unsignedSeal).slice(0, -2)
    const seal = unsignedSeal + (await signText(key.key, this.#before(header, structure) + own))
    return `ARC-Seal:${seal}\r\nARC-Message-Signature:${message}\r\nARC-Authentication-Results:${results}\r\n`
  }

  /** §5.1.1: all sets before; of a chain that failed nothing but our own set is sealed (§5.1.2). */
  #before({ bytes }: HeaderView, structure: Structure): string {
    if (structure.kind !== 'chain' || this.#options.chain === 'fail') return ''
    const fields = structure.sets.flatMap(({ results, messageField, sealField }) => [results, messageField, sealField])
    return fields.map((field) => canonicalField(bytes, field, 'relaxed')).join('')
  }

  /** §4.1.2: what DKIM signs, and the signatures of DKIM; nothing of ARC, and no Authentication-Results, which hops take away. */
  #names({ fields }: HeaderView): readonly string[] {
    return [...namesToSign(fields), ...fields.filter(({ name }) => name === 'dkim-signature').slice(0, MAX_SETS).map(({ name }) => name)]
  }
}

function agrees(structure: Structure, chain: ChainState): boolean {
  if (chain === 'fail') return structure.kind !== 'none'
  return chain === 'none' ? structure.kind === 'none' : structure.kind === 'chain'
}

/** Folds stay, all other line ends and controls become blanks: whatever the results hold, the field stays one field. */
function oneField(results: string): string {
  return results.trim().replace(/\r\n(?=[ \t]+[^ \t\r\n])|[\0-\x08\n-\x1f\x7f]/g, (found) => (found === '\r\n' ? found : ' '))
}
