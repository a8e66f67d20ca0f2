import { unreachable } from '../../../base/unreachable.ts'
import type { SpfRemark } from '../../../proto/spf/remarks.ts'
import { type Advice, shown, type State } from './finding.ts'
import { MAX_SPF_LOOKUPS, MAX_SPF_VOID } from './limits.ts'

/** What a remark on an SPF record means for its owner. */
export interface SpfWords {
  readonly kind: Exclude<State, 'pass'>
  readonly found: string
  /** What to do, where it is more than putting the mended record there. */
  readonly advice: Advice | null
}

/** Says a remark. `term`: the term of the domain's own record that it is about or that leads to it; '' for all of it. */
export function spfWords(name: string, { kind, domain, detail, term: own }: SpfRemark, term: string): SpfWords | null {
  const about = shown(domain === name || own === '' ? term : `${term}, by ${own} of ${domain}`)
  const bad = (found: string, advice: Advice | null = null): SpfWords => ({ kind: 'fail', found, advice })
  const unwise = (found: string, advice: Advice | null = null): SpfWords => ({ kind: 'warn', found, advice })
  switch (kind) {
    case 'no-domain':
    case 'no-record':
      return bad(domain === name ? `no SPF record at ${name}` : `${about} leads to ${shown(domain)}, which has no SPF record: receivers stop with an error`)
    case 'several-records':
      return bad(`${detail} SPF records at ${shown(domain)}: receivers stop with an error`)
    case 'syntax':
      return bad(`${about} cannot be read: ${shown(detail)}`)
    case 'unknown':
      return { kind: 'unknown', found: shown(`${term}: ${detail}`), advice: null }
    case 'loop':
      return bad(`the record leads in a circle: ${shown(detail)}`)
    case 'cut':
      return bad('the record leads to more records than anybody follows', fewer(name))
    case 'too-many-lookups':
      return bad(`${detail} lookups, and receivers stop at ${MAX_SPF_LOOKUPS}`, fewer(name))
    case 'too-many-voids':
      return bad(`${detail} terms name nothing, and receivers stop after ${MAX_SPF_VOID}`)
    case 'too-many-mx':
      return bad(`${about} has ${detail} hosts, and receivers stop at ten`)
    case 'passes-all':
      return bad(`${about} lets everybody send in your name`)
    case 'open-end':
      return unwise('it does not end with ~all or -all: others are neither allowed nor forbidden')
    case 'uses-ptr':
      return unwise(`${about}: RFC 7208 §5.5 asks not to use ptr, and some receivers ignore it`)
    case 'long':
      return domain === name ? unwise(`it is ${detail} characters long, and over 450 the answer may not fit`, fewer(name)) : null
    case 'names-nothing':
      return unwise(`${about} names nothing`)
    case 'never-reached':
      return domain === name ? unwise(`${about} stands behind all and is never looked at`) : null
    case 'redirect-unused':
      return domain === name ? unwise(`${about} is ignored, because there is an all`) : null
    case 'wide-net':
      return unwise(`${about} lets more than one provider send in your name`, {
        en: `Narrow ${about} in the SPF record (TXT) at ${name} to the addresses that really send for you.`,
        id: `Persempit ${about} dalam record SPF (TXT) di ${name} menjadi alamat yang benar-benar mengirim untuk Anda.`,
      })
    default:
      return unreachable(kind)
  }
}

/** How a record gets shorter, which only its owner can decide. */
export function fewer(name: string): Advice {
  return {
    en: `Take the includes of services that do not send for you any more out of the SPF record (TXT) at ${name}; we need none but what stands first in this one:`,
    id: `Hapus include layanan yang tidak lagi mengirim untuk Anda dari record SPF (TXT) di ${name}; kami hanya memerlukan bagian pertama dari record ini:`,
  }
}
