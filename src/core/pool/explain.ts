import { isoTime } from '../../base/iso-time.ts'
import { unreachable } from '../../base/unreachable.ts'
import type { RuleBook } from './match-rule.ts'
import type { LaneLimits, LimitName, TlsNeed } from './lane-limits.ts'
import { sayRate } from './rate.ts'
import type { Origin, Override, Resolved } from './resolve.ts'
import { RULES } from './table/rules.ts'
import { sayMs } from './text.ts'
import type { Texts } from './text.ts'

/** One limit of a lane, explained: for `--json`, for a screen, and for a person who asks why mail is slow. */
export interface Explained {
  readonly limit: LimitName
  readonly value: LaneLimits[LimitName]
  readonly origin: Origin
  readonly text: Texts
}

/** Explains the limits of a lane, line by line: what may be done, and who said so; where a rule did, also why. */
export function explainLimits({ limits, origins }: Resolved, book: RuleBook = RULES): readonly Explained[] {
  return NAMES.map((limit) => {
    const value = sayValue(limit, limits)
    const from = sayOrigin(origins[limit], book)
    const text = { en: `${LABELS[limit].en}: ${value.en} (${from.en})`, id: `${LABELS[limit].id}: ${value.id} (${from.id})` }
    return { limit, value: limits[limit], origin: origins[limit], text }
  })
}

const LABELS: Readonly<Record<LimitName, Texts>> = {
  connections: { en: 'Connections from this source', id: 'Koneksi dari sumber ini' },
  connectionsOverAll: { en: 'Connections from all sources', id: 'Koneksi dari semua sumber' },
  messagesPerConnection: { en: 'Messages a connection', id: 'Pesan per koneksi' },
  recipientsPerMessage: { en: 'Recipients a message', id: 'Penerima per pesan' },
  rate: { en: 'Messages', id: 'Pesan' },
  burst: { en: 'Messages at once', id: 'Pesan sekaligus' },
  idleMs: { en: 'Idle connections are closed after', id: 'Koneksi menganggur ditutup setelah' },
  connectionAgeMs: { en: 'Connections are closed after', id: 'Koneksi ditutup setelah' },
  tls: { en: 'TLS', id: 'TLS' },
  family: { en: 'Addresses', id: 'Alamat IP' },
  connectWithinMs: { en: 'Time to connect', id: 'Batas waktu untuk tersambung' },
  greetingWithinMs: { en: 'Time for the greeting', id: 'Batas waktu untuk salam pembuka' },
}

const NAMES = Object.keys(LABELS) as readonly LimitName[]

const TLS_TEXTS: Readonly<Record<TlsNeed, Texts>> = {
  disable: { en: 'never', id: 'tidak pernah' },
  opportunistic: { en: 'when the host offers it', id: 'bila ditawarkan oleh server tujuan' },
  'require-insecure': { en: 'always, whatever its version', id: 'wajib, versi apa pun' },
  require: { en: 'always', id: 'wajib' },
  verify: { en: 'always, with a certificate that proves the name', id: 'wajib, dengan sertifikat yang membuktikan namanya' },
}

const LEVEL_TEXTS: Readonly<Record<Override['level'], Texts>> = {
  provider: { en: 'set here for the provider', id: 'diatur di sini untuk penyedia' },
  domain: { en: 'set here for the domain', id: 'diatur di sini untuk domain' },
  source: { en: 'set here for the source', id: 'diatur di sini untuk sumber' },
  tenant: { en: 'set here for the organization', id: 'diatur di sini untuk organisasi' },
}

function sayValue(limit: LimitName, limits: LaneLimits): Texts {
  if (limit === 'rate') return sayRate(limits.rate)
  if (limit === 'tls') return TLS_TEXTS[limits.tls]
  if (limit === 'family') return sayFamily(limits.family)
  const value = limits[limit]
  const text = limit.endsWith('Ms') ? sayMs(value) : String(value)
  return { en: text, id: text }
}

function sayFamily(family: LaneLimits['family']): Texts {
  if (family === 'any') return { en: 'IPv4 and IPv6', id: 'IPv4 dan IPv6' }
  return family === 'v4' ? { en: 'IPv4 only', id: 'hanya IPv4' } : { en: 'IPv6 only', id: 'hanya IPv6' }
}

function sayOrigin(origin: Origin, book: RuleBook): Texts {
  switch (origin.kind) {
    case 'default':
      return { en: 'the default', id: 'bawaan' }
    case 'provider':
      return origin.age === 'cold'
        ? { en: `${origin.provider}, for a new source`, id: `${origin.provider}, untuk sumber baru` }
        : { en: origin.provider, id: origin.provider }
    case 'override':
      return { en: `${LEVEL_TEXTS[origin.level].en} ${origin.key}`, id: `${LEVEL_TEXTS[origin.level].id} ${origin.key}` }
    case 'rule':
      return withNote(sayRule(origin), book.byId.get(origin.rule)?.note)
    default:
      return unreachable(origin)
  }
}

function withNote(text: Texts, note: Texts | undefined): Texts {
  return note === undefined ? text : { en: `${text.en}: ${note.en}`, id: `${text.id}: ${note.id}` }
}

function sayRule({ rule, untilMs, state }: Origin & { readonly kind: 'rule' }): Texts {
  if (untilMs === null) return { en: `rule ${rule}, until somebody ends it`, id: `aturan ${rule}, sampai diakhiri` }
  const until = isoTime(untilMs)
  if (state === 'active') return { en: `rule ${rule} until ${until}`, id: `aturan ${rule} sampai ${until}` }
  return { en: `recovering from rule ${rule} until ${until}`, id: `pemulihan dari aturan ${rule} sampai ${until}` }
}
