import type { OrganizationId } from '../../base/brand.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../base/duration.ts'
import { type Firing, firing, type Severity } from './alert.ts'
import type { FullMailbox, GrownList, Surroundings } from './surroundings.ts'

/** deliverability §6.4 and §6.6: where each rule begins. */
const DISK = { warning: 0.85, critical: 0.95 }
const CERTIFICATE_DAYS = { warning: 14, high: 7, critical: 1 }
const SILENT_MS = 2 * MINUTE_MS
const CLOCK = { warningMs: 1_000, highMs: 30_000 }
const DATABASE_MS = 5_000
const REPLICA = { warningMs: MINUTE_MS, highMs: 10 * MINUTE_MS }
const READER = { warningMs: 10 * MINUTE_MS, highMs: HOUR_MS }
/** Of fewer than `least` nobody is told: a small list doubles by one bad mailing. */
const LIST = { least: 50, share: 0.02 }
/** Accounts that an alert names. */
const NAMED = 5

/** What is wrong around the program: it concerns the whole installation, except for mailboxes and suppression lists. */
export function ofSurroundings(operator: OrganizationId, around: Surroundings, nowMs: number): readonly Firing[] {
  const { diskUsed, scanners, lists, namesSinceMs, clockOffMs, mailboxes, suppressions, databaseTookMs, replicas } = around
  const fire = firing(operator)
  const percent = Math.floor(diskUsed * 100)
  const seconds = Math.round(Math.abs(clockOffMs ?? 0) / 1_000)
  return [
    ...(diskUsed < DISK.warning ? [] : fire('disk.full', 'data', diskUsed >= DISK.critical ? 'critical' : 'warning', `the disk of the data is ${percent} % full`, `disk data terisi ${percent} %`)),
    ...scanners.flatMap(({ name, downSinceMs, isStale }) => {
      if (downSinceMs !== null) return nowMs - downSinceMs < SILENT_MS ? [] : fire('scanner.down', name, 'high', `the scanner ${name} does not answer: mail waits for it, or comes in unscanned`, `pemindai ${name} tidak menjawab: surat menunggu, atau masuk tanpa dipindai`)
      return isStale ? fire('scanner.stale', name, 'warning', `the signatures of ${name} are older than two days`, `tanda pengenal virus ${name} lebih tua dari dua hari`) : []
    }),
    ...lists.flatMap(({ zone, trouble }) => fire('dnslist.failing', zone, 'warning', `the DNS list ${zone} is not asked: ${TROUBLES[trouble]?.en ?? trouble}`, `daftar DNS ${zone} tidak ditanya: ${TROUBLES[trouble]?.id ?? trouble}`)),
    ...(namesSinceMs === null || nowMs - namesSinceMs < SILENT_MS ? [] : fire('resolver.failing', 'dns', 'high', 'the DNS servers do not answer: mail waits here, and nothing of strangers can be checked', 'server DNS tidak menjawab: surat menunggu, dan pengirim luar tidak dapat diperiksa')),
    ...(seconds * 1_000 < CLOCK.warningMs ? [] : fire('clock.skewed', 'clock', seconds * 1_000 >= CLOCK.highMs ? 'high' : 'warning', `the clock of this machine is off by ${seconds} seconds`, `jam mesin ini meleset ${seconds} detik`)),
    ...(databaseTookMs < DATABASE_MS ? [] : fire('database.slow', 'database', 'high', `the database took ${Math.round(databaseTookMs / 1_000)} seconds to answer`, `basis data menjawab setelah ${Math.round(databaseTookMs / 1_000)} detik`)),
    ...replicas.flatMap(({ name, behindMs }) => {
      if (behindMs < REPLICA.warningMs) return []
      const minutes = Math.floor(behindMs / MINUTE_MS)
      return fire('replica.behind', name, behindMs >= REPLICA.highMs ? 'high' : 'warning', `the copy ${name} of the database is ${minutes} minutes behind`, `salinan basis data ${name} tertinggal ${minutes} menit`)
    }),
    ...ofMailboxes(mailboxes),
    ...suppressions.flatMap(ofList),
  ]
}

function ofList({ organization, added, before }: GrownList): readonly Firing[] {
  if (added < LIST.least || added <= before * LIST.share) return []
  return firing(organization)('suppressions.growing', 'list', 'warning', `${added} addresses came onto the suppression list within a day, by what became of mail to them; it held ${before}`, `${added} alamat masuk daftar supresi dalam sehari karena nasib surat ke sana; sebelumnya ${before}`)
}

const TROUBLES: Readonly<Record<string, { readonly en: string; readonly id: string }>> = {
  'lists-everything': { en: 'it lists every address', id: 'semua alamat dimuat di sana' },
  'lists-nothing': { en: 'it does not list its own test entry', id: 'entri ujinya sendiri tidak ada' },
  'error-answer': { en: 'it does not serve our resolver', id: 'resolver kita tidak dilayani' },
  silent: { en: 'it does not answer', id: 'tidak menjawab' },
}

/** One alert for all mailboxes of an organization: a hundred full ones are one trouble. */
function ofMailboxes(mailboxes: readonly FullMailbox[]): readonly Firing[] {
  return [...Map.groupBy(mailboxes, ({ organization }) => organization)].flatMap(([organization, full]) => {
    const more = full.length > NAMED ? { en: ` and ${full.length - NAMED} more`, id: ` dan ${full.length - NAMED} lagi` } : { en: '', id: '' }
    const named = full.slice(0, NAMED).map(({ login, used }) => `${login} (${Math.floor(used * 100)} %)`).join(', ')
    const severity = full.some(({ used }) => used >= 1) ? 'high' : 'warning'
    return firing(organization)('mailbox.full', 'mailboxes', severity, `mailboxes are nearly full: ${named}${more.en}`, `kotak surat hampir penuh: ${named}${more.id}`)
  })
}

/** Certificates that end soon, wherever they lie. */
export function ofCertificates(operator: OrganizationId, certificates: Surroundings['certificates'], nowMs: number): readonly Firing[] {
  return certificates.flatMap(({ name, endsMs }) => {
    const days = Math.floor((endsMs - nowMs) / DAY_MS)
    const severity = severityBelow(days, CERTIFICATE_DAYS)
    return severity === null ? [] : firing(operator)('certificate.ending', name, severity, `the certificate of ${name} ends in ${days} days`, `sertifikat ${name} berakhir dalam ${days} hari`)
  })
}

/** Readers of the log that have not seen what happened long ago. */
export function ofReaders(operator: OrganizationId, readers: readonly { readonly name: string; readonly waitingSinceMs: number }[], nowMs: number): readonly Firing[] {
  return readers.flatMap(({ name, waitingSinceMs }) => {
    const ageMs = nowMs - waitingSinceMs
    if (ageMs < READER.warningMs) return []
    const minutes = Math.floor(ageMs / MINUTE_MS)
    return firing(operator)('reader.behind', name, ageMs >= READER.highMs ? 'high' : 'warning', `"${name}" is ${minutes} minutes behind what happens`, `"${name}" tertinggal ${minutes} menit dari yang terjadi`)
  })
}

function severityBelow(value: number, limits: Readonly<Record<Severity, number>>): Severity | null {
  return (['critical', 'high', 'warning'] as const).find((severity) => value < limits[severity]) ?? null
}
