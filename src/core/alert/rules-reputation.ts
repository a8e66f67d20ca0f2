import type { OrganizationId } from '../../base/brand.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../base/duration.ts'
import type { Texts } from '../pool/text.ts'
import { type Firing, firing } from './alert.ts'

/** What others make of our addresses and our mail, and what they have stopped telling. */
export interface ReputationFacts {
  /** Sources that warm up and whose last day with a group of providers went badly. */
  readonly warmups: readonly { readonly source: string; readonly address: string; readonly group: string; readonly step: 'hold' | 'step-back' | 'stop'; readonly reasons: Texts }[]
  /** Rules in force that are worth waking up for. What the provider said is not told: it may name a recipient. */
  readonly blocks: readonly { readonly rule: string; readonly key: string; readonly note: Texts }[]
  /** What waits for the servers of domains whose backup MX we are. */
  readonly spools: readonly { readonly organization: OrganizationId; readonly domain: string; readonly count: number; readonly oldestMs: number; readonly spoolMs: number }[]
  /** Reports that came regularly and have stopped. `about`: a hosted domain, or for `complaints` a provider. */
  readonly silences: readonly { readonly organization: OrganizationId; readonly kind: 'dmarc' | 'tls' | 'complaints'; readonly about: string; readonly lastMs: number }[]
  /** Sessions with our servers that others reported of the last two days. */
  readonly tlsReports: readonly { readonly organization: OrganizationId; readonly domain: string; readonly passed: number; readonly failed: number }[]
  /** Tries of this hour at all servers together, those that reached none, and at how many providers that was. */
  readonly reach: { readonly made: number; readonly unreached: number; readonly providers: number }
  /** Mail of organizations that its recipients call a fraud, or say holds a virus: within a week. */
  readonly accusations: readonly { readonly organization: OrganizationId; readonly of: 'fraud' | 'virus'; readonly deliveries: number }[]
  /** Logins that were refused within five minutes. */
  readonly refusedLogins: number
}

/** Nobody says anything against us, as far as anybody knows. */
export const CALM: ReputationFacts = { warmups: [], blocks: [], spools: [], silences: [], tlsReports: [], reach: { made: 0, unreached: 0, providers: 0 }, accusations: [], refusedLogins: 0 }

/** deliverability §6.6: where each rule begins. Below `least` a share says nothing. */
const SPOOL = { afterMs: 15 * MINUTE_MS, high: 1_000 }
const LOGINS = { warning: 100, high: 1_000 }
const TLS = { least: 100, share: 0.01 }
const REACH = { least: 20, providers: 2 }

const STEPS = { hold: 'warning', 'step-back': 'warning', stop: 'high' } as const
const STEP_WORDS = {
  hold: { en: 'stays where it is', id: 'tidak maju' },
  'step-back': { en: 'was set back two days', id: 'mundur dua hari' },
  stop: { en: 'is stopped for two days', id: 'berhenti dua hari' },
} as const

const ACCUSED = { fraud: { en: 'fraud', id: 'penipuan' }, virus: { en: 'holding a virus', id: 'berisi virus' } } as const

/** What concerns the whole installation. */
export function ofReputation(operator: OrganizationId, { warmups, blocks, reach, accusations, refusedLogins }: ReputationFacts): readonly Firing[] {
  const fire = firing(operator)
  return [
    ...warmups.flatMap(({ source, address, group, step, reasons }) =>
      fire('warmup.held', `${source} ${group}`, STEPS[step], `the warm-up of ${address} (source ${source}) with ${group} ${STEP_WORDS[step].en}: ${reasons.en}`, `pemanasan ${address} (sumber ${source}) dengan ${group} ${STEP_WORDS[step].id}: ${reasons.id}`),
    ),
    ...blocks.flatMap(({ rule, key, note }) => fire('lane.blocked', `${rule} ${key}`, 'high', `${key}: ${note.en} (rule ${rule})`, `${key}: ${note.id} (aturan ${rule})`)),
    ...(reach.made < REACH.least || reach.unreached < reach.made || reach.providers < REACH.providers ? [] : fire('egress.lost', 'port-25', 'critical', `none of ${reach.made} tries of this hour reached a server: port 25 may be closed, or the network is down; "merpati host check" looks`, `tidak satu pun dari ${reach.made} percobaan jam ini mencapai server: port 25 mungkin ditutup, atau jaringan putus; periksa dengan "merpati host check"`)),
    ...accusations.flatMap(({ organization, of, deliveries }) =>
      fire('mail.accused', `${of} ${organization}`, 'high', `recipients report ${deliveries} messages of organization ${organization} as ${ACCUSED[of].en}: look at what it sends`, `penerima melaporkan ${deliveries} pesan dari organisasi ${organization} sebagai ${ACCUSED[of].id}: periksa apa yang dikirimnya`),
    ),
    ...(refusedLogins <= LOGINS.warning ? [] : fire('logins.refused', 'logins', refusedLogins > LOGINS.high ? 'high' : 'warning', `${refusedLogins} logins were refused within five minutes: somebody guesses passwords, or a program has a wrong one`, `${refusedLogins} login ditolak dalam lima menit: ada yang menebak kata sandi, atau program memakai kata sandi yang salah`)),
  ]
}

const KINDS = {
  dmarc: { en: 'DMARC reports', id: 'laporan DMARC' },
  tls: { en: 'reports on TLS', id: 'laporan TLS' },
  complaints: { en: 'complaints', id: 'keluhan' },
} as const

/** What concerns one organization. */
export function ofFeeds({ spools, silences, tlsReports }: ReputationFacts, nowMs: number): readonly Firing[] {
  return [
    ...spools.flatMap(({ organization, domain, count, oldestMs, spoolMs }) => {
      const ageMs = nowMs - oldestMs
      if (count === 0 || ageMs < SPOOL.afterMs) return []
      const minutes = Math.floor(ageMs / MINUTE_MS)
      return firing(organization)('spool.waiting', domain, count > SPOOL.high || ageMs > spoolMs / 2 ? 'high' : 'warning', `${count} messages wait for the servers of ${domain}, the first for ${minutes} minutes`, `${count} pesan menunggu server ${domain}, yang pertama ${minutes} menit`)
    }),
    ...silences.flatMap(({ organization, kind, about, lastMs }) => {
      const days = Math.floor((nowMs - lastMs) / DAY_MS)
      const from = kind === 'complaints' ? { en: 'from', id: 'dari' } : { en: 'about', id: 'tentang' }
      return firing(organization)('reports.silent', `${kind} ${about}`, 'warning', `${KINDS[kind].en} ${from.en} ${about} came regularly, and none for ${days} days, though mail is sent`, `${KINDS[kind].id} ${from.id} ${about} biasanya datang teratur, tetapi sudah ${days} hari tidak ada, padahal surat tetap dikirim`)
    }),
    ...tlsReports.flatMap(({ organization, domain, passed, failed }) => {
      const all = passed + failed
      if (all < TLS.least || failed <= all * TLS.share) return []
      return firing(organization)('tls.failing', domain, 'high', `others report that ${failed} of ${all} TLS sessions with the servers of ${domain} failed`, `pihak lain melaporkan ${failed} dari ${all} sesi TLS dengan server ${domain} gagal`)
    }),
  ]
}

/** How far back reports are looked at: to be regular they came on so many of these days, and none in the last `silentMs`. deliverability §6.6: 48 hours. */
export const SILENCE = { silentMs: 48 * HOUR_MS, lookMs: 16 * DAY_MS, days: 7 } as const
