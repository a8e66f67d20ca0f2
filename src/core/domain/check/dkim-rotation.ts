import type { Answer } from '../../../base/dns.ts'
import { unreachable } from '../../../base/unreachable.ts'
import { type KeyPlan, keyPlans } from '../dkim.ts'
import { day, dkimRecord, type Subject } from '../wanted-records.ts'
import { zoneLine } from '../zone-file.ts'
import { faultOf } from './dkim.ts'
import { type Advice, fail, type Finding, pass, unknown, warn, worst } from './finding.ts'
import { FIRST_ROTATION_MS, KEY_AGE_MS, KEY_LATE_MS, MAX_OLD_KEYS } from './limits.ts'
import type { Questions } from './questions.ts'

const ID = 'dkim-rotation'

/**
 * What is to be published and taken away before, during and after a rotation of keys, with dates: the new key before it signs, the old one
 * for as long as mail that it signed is on its way, and no longer.
 */
export async function checkDkimRotation(subject: Subject, ask: Questions): Promise<Finding> {
  const { name, keys, nowMs } = subject
  const plans = keyPlans(name, keys, nowMs)
  const over = plans.filter(({ state }) => state === 'over').slice(-MAX_OLD_KEYS)
  const staged = [...plans.filter(({ state }) => state === 'waiting' || state === 'retired'), ...over]
  const findings = await Promise.all(staged.map(async (plan) => judge(plan, await ask.txt(plan.name), nowMs)))
  return worst([ageOf(subject, plans), ...findings.filter((finding) => finding !== null)])
}

/** How old the keys are that sign, while nothing is to take their place. */
function ageOf({ name, nowMs }: Subject, plans: readonly KeyPlan[]): Finding {
  const expected = 'a key signs for a year at most, the first for half of one'
  const next = plans.filter(({ state }) => state === 'waiting')
  if (next.length > 0) return pass(ID, expected, `new keys sign from ${day(Math.min(...next.map(({ activeMs }) => activeMs)))} on`)
  const signing = plans.filter(({ state }) => state === 'signing')
  if (signing.length === 0) return pass(ID, expected, 'no key signs')
  const since = Math.min(...signing.map(({ activeMs }) => activeMs))
  const isFirst = signing.length === plans.length
  const dueMs = since + (isFirst ? FIRST_ROTATION_MS : KEY_AGE_MS)
  const rotated = isFirst ? ', and were never rotated' : ''
  if (nowMs <= dueMs) return pass(ID, expected, `keys sign since ${day(since)}${rotated}; the next rotation is due by ${day(dueMs)}`)
  const advice: Advice = {
    en: `Make new keys with "merpati domain rotate-keys ${name}" and publish the TXT records that it prints: they sign two days later, and the old records stay for a week after that.`,
    id: `Buat kunci baru dengan "merpati domain rotate-keys ${name}" lalu terbitkan record TXT yang dicetaknya: kunci itu mulai dipakai dua hari kemudian, dan record lama tetap dipasang seminggu setelahnya.`,
  }
  return warn(ID, { expected, found: `keys sign since ${day(since)}${rotated}`, advice })
}

function judge(plan: KeyPlan, answer: Answer<string>, nowMs: number): Finding | null {
  switch (plan.state) {
    case 'signing':
      return null // The check `dkim` looks at those.
    case 'waiting':
      return answer.kind === 'failed' ? unknown(ID, waits(plan), answer) : judgeWaiting(plan, answer, nowMs)
    case 'retired':
      return answer.kind === 'failed' ? unknown(ID, stays(plan), answer) : judgeRetired(plan, answer)
    case 'over':
      // Whether a record that nobody needs is gone is worth no "unknown".
      return answer.kind === 'found' ? judgeOver(plan) : null
    default:
      return unreachable(plan.state)
  }
}

function waits({ name, activeMs }: KeyPlan): string {
  return `${name} is published before it signs on ${day(activeMs)}`
}

function judgeWaiting(plan: KeyPlan, answer: Answer<string>, nowMs: number): Finding {
  const fault = faultOf(plan, answer)
  if (fault === null) return pass(ID, waits(plan), `${plan.name} is published and signs from ${day(plan.activeMs)} on`)
  const line = zoneLine(dkimRecord(plan))
  const advice: Advice = {
    en: `Publish the new key before ${day(plan.activeMs)}, when it begins to sign, and leave the old one where it is: ${line}`,
    id: `Terbitkan kunci baru sebelum ${day(plan.activeMs)}, saat kunci mulai dipakai, dan biarkan yang lama tetap ada: ${line}`,
  }
  return (plan.activeMs - nowMs < KEY_LATE_MS ? fail : warn)(ID, { ...fault, expected: waits(plan), advice })
}

function stays({ name, untilMs, activeMs }: KeyPlan): string {
  return `${name} stays until ${day(untilMs ?? activeMs)}`
}

function judgeRetired(plan: KeyPlan, answer: Answer<string>): Finding {
  const until = day(plan.untilMs ?? plan.activeMs)
  const fault = faultOf(plan, answer)
  if (fault === null) return pass(ID, stays(plan), `${plan.name} signs no more; its record may go after ${until}`)
  const line = zoneLine(dkimRecord(plan))
  const advice: Advice = {
    en: `Put the old key back until ${until}: mail that it signed is still on its way. ${line}`,
    id: `Pasang kembali kunci lama sampai ${until}: surat yang ditandatanganinya masih dalam perjalanan. ${line}`,
  }
  return warn(ID, { ...fault, expected: stays(plan), advice })
}

function judgeOver(plan: KeyPlan): Finding {
  const since = day(plan.untilMs ?? plan.activeMs)
  const advice: Advice = {
    en: `Remove the TXT record at ${plan.name}: nobody needs it since ${since}, and whoever gets hold of that old key could sign with it.`,
    id: `Hapus record TXT di ${plan.name}: sejak ${since} tidak diperlukan lagi, dan siapa pun yang memperoleh kunci lama itu dapat menandatangani dengannya.`,
  }
  return warn(ID, { expected: `${plan.name} is gone`, found: `${plan.name} is still published`, advice })
}
