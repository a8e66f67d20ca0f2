import type { FilterRules } from '../rule.ts'

/**
 * What Bayes says: how much a message resembles what users called spam, and what they kept. Its probability is measured to be one (bench/row/spam.ts), and points are log
 * odds, so that those of the rules add up with them. Not all of what speaks for a message counts: who knows the words of its reader is no friend yet.
 */
export const BAYES_RULES: FilterRules = {
  BAYES_00: like(-4, 'The text is like mail that was wanted, and nothing in it is like spam.', 'Isinya seperti surat yang diinginkan, tanpa ciri spam.'),
  BAYES_01: like(-3, 'The text is like mail that was wanted.', 'Isinya seperti surat yang diinginkan.'),
  BAYES_05: like(-2, 'The text is much more like mail that was wanted than like spam.', 'Isinya jauh lebih mirip surat yang diinginkan daripada spam.'),
  BAYES_20: like(-1, 'The text is more like mail that was wanted than like spam.', 'Isinya lebih mirip surat yang diinginkan daripada spam.'),
  BAYES_30: like(-0.5, 'The text is like mail that was wanted, but has much of spam.', 'Isinya seperti surat yang diinginkan, tetapi banyak bagiannya mirip spam.'),
  BAYES_40: like(0, 'The text is nearly as much like spam as like mail that was wanted.', 'Isinya hampir sama miripnya dengan spam dan surat yang diinginkan.'),
  BAYES_50: like(0, 'The text is as much like spam as like mail that was wanted, or new.', 'Isinya sama miripnya dengan spam dan surat yang diinginkan, atau baru.'),
  BAYES_60: against(0.5, 'The text is a little more like spam than like mail that was wanted.', 'Isinya sedikit lebih mirip spam daripada surat yang diinginkan.'),
  BAYES_80: against(1.5, 'The text is more like spam than like mail that was wanted.', 'Isinya lebih mirip spam daripada surat yang diinginkan.'),
  BAYES_90: against(2, 'The text is much more like spam than like mail that was wanted.', 'Isinya jauh lebih mirip spam daripada surat yang diinginkan.'),
  BAYES_95: against(3, 'The text is much like spam.', 'Isinya mirip dengan spam.'),
  BAYES_98: against(4, 'The text is very much like spam.', 'Isinya sangat mirip dengan spam.'),
  BAYES_99: against(5, 'The text is most likely spam.', 'Isinya kemungkinan besar spam.'),
  BAYES_998: against(6, 'The text is nearly surely spam.', 'Isinya hampir pasti spam.'),
  BAYES_999: against(7, 'What is known of the text is known from spam.', 'Yang dikenal dari isinya berasal dari spam.'),
  JUNKED_ONCE: {
    score: 1.5,
    about: { en: 'The recipient called mail like this junk once.', id: 'Penerima pernah menandai surat seperti ini sebagai sampah.' },
    mend: { en: 'Write only to people who asked for it.', id: 'Kirim hanya kepada orang yang memintanya.' },
  },
  JUNKED_BEFORE: {
    score: 7.5,
    about: { en: 'The recipient called mail like this junk several times.', id: 'Penerima sudah beberapa kali menandai surat seperti ini sebagai sampah.' },
    mend: {
      en: 'Stop writing to this recipient. Only the recipient can change this, by moving a message out of Junk.',
      id: 'Berhenti mengirim kepada penerima ini. Hanya penerima yang dapat mengubahnya, dengan memindahkan pesan keluar dari Junk.',
    },
  },
}

function like(score: number, en: string, id: string): FilterRules[string] {
  return { score, about: { en, id }, mend: null }
}

function against(score: number, en: string, id: string): FilterRules[string] {
  return {
    score,
    about: { en, id },
    mend: { en: 'Nothing technical: the words are those of spam. Say what the message is about, and write to people who asked for it.', id: 'Bukan masalah teknis: kata-katanya mirip spam. Jelaskan isi pesan, dan kirim hanya kepada orang yang memintanya.' },
  }
}
