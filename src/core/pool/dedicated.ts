import type { Texts } from './text.ts'
import { DEDICATED as NUMBERS, GRADES } from './table/dedicated.ts'

/** Where a tenant stands among those of the shared pools. deliverability §3.8. */
export type Grade = 'A' | 'B' | 'C'

/** What a tenant has sent lately, and what it has. */
export interface SendingHistory {
  /** Messages in each of the last three windows of 30 days, the newest first. */
  readonly windows: readonly [number, number, number]
  /** Days of the last 30 with any mail. */
  readonly sendingDays: number
  readonly peakHour: number
  readonly peakDay: number
  /** Transactional messages of the newest window. */
  readonly transactional: number
  /** Was it promised that one address may fail? */
  readonly needsFailover: boolean
  readonly hasDedicated: boolean
  /** For how many days in a row the window before each was below the lower limit. */
  readonly lowDays: number
}

/** What we advise, and why. */
export interface Advice {
  readonly advice: 'shared' | 'dedicated' | 'return-to-shared'
  /** Dedicated addresses that the volume needs; 0 on shared ones. */
  readonly addresses: number
  /** Should transactional mail have a dedicated address of its own? */
  readonly separateTransactional: boolean
  /** May transactional mail and broadcasts share one dedicated address? */
  readonly mayMix: boolean
  readonly reasons: readonly Texts[]
}

/**
 * Advises dedicated or shared addresses. An address of one's own helps who sends much and often; with little mail it never gets
 * a reputation, and is worse than a shared one.
 */
export function adviseAddresses(history: SendingHistory): Advice {
  const { windows, sendingDays, hasDedicated, lowDays } = history
  const [newest] = windows
  const large = windows.filter((messages) => messages >= NUMBERS.fromAMonth).length
  if (hasDedicated && newest < NUMBERS.backBelowAMonth && lowDays >= NUMBERS.backAfterDays) {
    return shared('return-to-shared', {
      en: `Below ${say(NUMBERS.backBelowAMonth)} messages a month for ${lowDays} days: too few to keep the reputation of an address.`,
      id: `Di bawah ${say(NUMBERS.backBelowAMonth)} pesan sebulan selama ${lowDays} hari: terlalu sedikit untuk reputasi alamat IP.`,
    })
  }
  const isWorthIt = large >= NUMBERS.windowsOfThree && sendingDays >= NUMBERS.sendingDays
  if (!isWorthIt && !hasDedicated) return shared('shared', ...whyShared(history, large))
  return { advice: 'dedicated', ...countOf(history), reasons: isWorthIt ? [WORTH_IT, ...whyMany(history)] : [KEEP, ...whyMany(history)] }
}

/**
 * The shared pool's grade for a tenant, by its daily scores (0 to 100, the newest last). It changes only when two days in a row say so,
 * to the nearer of the two.
 */
export function placementOf(scores: readonly number[], now: Grade): Grade {
  const [before, last] = scores.slice(-2).map(gradeOf)
  if (before === undefined || last === undefined || before === now || last === now) return now
  const order = 'ABC'
  const isNearer = Math.abs(order.indexOf(before) - order.indexOf(now)) < Math.abs(order.indexOf(last) - order.indexOf(now))
  // One day above and one below are no direction.
  if (order.indexOf(before) < order.indexOf(now) !== order.indexOf(last) < order.indexOf(now)) return now
  return isNearer ? before : last
}

/** The grade of one score. */
export function gradeOf(score: number): Grade {
  if (score >= GRADES.A) return 'A'
  return score >= GRADES.B ? 'B' : 'C'
}

const WORTH_IT: Texts = {
  en: `At least ${say(NUMBERS.fromAMonth)} messages a month, regularly: an address of your own will earn its own reputation.`,
  id: `Sedikitnya ${say(NUMBERS.fromAMonth)} pesan sebulan secara teratur: alamat IP sendiri akan membangun reputasinya sendiri.`,
}

const KEEP: Texts = {
  en: 'You have an address of your own and still enough mail to keep it.',
  id: 'Anda memiliki alamat IP sendiri dan surat Anda masih cukup untuk mempertahankannya.',
}

function shared(advice: 'shared' | 'return-to-shared', ...reasons: readonly Texts[]): Advice {
  return { advice, addresses: 0, separateTransactional: false, mayMix: false, reasons }
}

function whyShared({ sendingDays }: SendingHistory, large: number): readonly Texts[] {
  const reasons: Texts[] = []
  if (large < NUMBERS.windowsOfThree) {
    reasons.push({
      en: `Below ${say(NUMBERS.fromAMonth)} messages a month providers see too little of an address to trust it.`,
      id: `Di bawah ${say(NUMBERS.fromAMonth)} pesan sebulan, penyedia terlalu jarang melihat alamat IP itu untuk memercayainya.`,
    })
  }
  if (sendingDays < NUMBERS.sendingDays) {
    reasons.push({
      en: `Mail on ${sendingDays} days of 30: an address needs mail on ${NUMBERS.sendingDays} or more.`,
      id: `Surat pada ${sendingDays} dari 30 hari: alamat IP perlu surat pada ${NUMBERS.sendingDays} hari atau lebih.`,
    })
  }
  return reasons
}

function countOf(history: SendingHistory): Pick<Advice, 'addresses' | 'separateTransactional' | 'mayMix'> {
  const { peakHour, peakDay, needsFailover, transactional } = history
  const least = needsFailover || peakDay > NUMBERS.twoAboveADay ? 2 : 1
  const separateTransactional = transactional >= NUMBERS.separateTransactionalFrom
  const addresses = Math.max(least, Math.ceil(peakHour / NUMBERS.anHour), Math.ceil(peakDay / NUMBERS.aDay))
  return { addresses: separateTransactional ? addresses + 1 : addresses, separateTransactional, mayMix: peakDay >= NUMBERS.mixFromADay }
}

function whyMany(history: SendingHistory): readonly Texts[] {
  const { addresses, separateTransactional, mayMix } = countOf(history)
  const reasons: Texts[] = []
  if (addresses > 1) {
    reasons.push({
      en: `${addresses} addresses: one carries ${say(NUMBERS.anHour)} messages an hour or ${say(NUMBERS.aDay)} a day.`,
      id: `${addresses} alamat IP: satu alamat membawa ${say(NUMBERS.anHour)} pesan per jam atau ${say(NUMBERS.aDay)} per hari.`,
    })
  }
  if (separateTransactional) {
    reasons.push({ en: 'Transactional mail gets an address of its own.', id: 'Surat transaksional mendapat alamat IP tersendiri.' })
  } else if (!mayMix) {
    reasons.push({
      en: 'Transactional mail stays on the shared addresses: at this volume a campaign could harm it.',
      id: 'Surat transaksional tetap di alamat IP bersama: pada volume ini sebuah kampanye dapat merugikannya.',
    })
  }
  return reasons
}

function say(count: number): string {
  return count.toLocaleString('en-US')
}
