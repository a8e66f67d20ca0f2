import type { Subject } from '../wanted-records.ts'
import { type Advice, type CheckId, fail, type Finding, pass, shown, warn } from './finding.ts'
import type { Listed, Questions } from './questions.ts'

const ID = 'lists'

/** Whether DNS lists have the domain: filters everywhere ask them. */
export async function checkLists({ name }: Subject, ask: Questions): Promise<Finding> {
  const expected = `${name} is on no list`
  const listed = await ask.outside.listed(name, ask.signal)
  switch (listed.kind) {
    case 'unlisted':
      return pass(ID, expected, 'it is on none')
    case 'listed':
      return judgeListed(ID, name, expected, listed)
    case 'unknown':
      return { id: ID, kind: 'unknown', expected, found: shown(listed.why), advice: ASK, records: [] }
  }
}

/** One that most filters believe makes mail unwelcome nearly everywhere; others count a little. */
export function judgeListed(id: CheckId, name: string, expected: string, { lists, weight }: Extract<Listed, { kind: 'listed' }>): Finding {
  const where = shown(lists.join(', '))
  const advice: Advice = {
    en: `Find out who sends in the name of ${name}, or what was put on its web pages, stop it, and ask ${where} to remove it. No DNS record has to change.`,
    id: `Cari tahu siapa yang mengirim atas nama ${name}, atau apa yang dipasang di situsnya, hentikan, lalu minta ${where} menghapusnya. Record DNS tidak perlu diubah.`,
  }
  return (weight === 'grave' ? fail : warn)(id, { expected, found: `${name} is on ${where}`, advice })
}

const ASK: Advice = {
  en: 'Name a resolver of your own in outbound.resolvers: lists answer none that many share. Nothing is known to be wrong.',
  id: 'Sebut resolver sendiri di outbound.resolvers: daftar tidak menjawab resolver bersama. Belum diketahui ada yang salah.',
}
