import type { FilterRules } from '../rule.ts'

/** What speaks for an account being used by somebody else. From 60 on it is contained. deliverability §5.9; the weights are ours. */
export const sendingRules = {
  SENDS_TO_STRANGERS: {
    score: 30,
    about: { en: 'More than 50 recipients in an hour, and nearly all of them were never written to before.', id: 'Lebih dari 50 penerima dalam satu jam, dan hampir semuanya belum pernah dikirimi email.' },
    mend: { en: 'Check that the account sends only what its owner wrote.', id: 'Pastikan akun hanya mengirim yang ditulis pemiliknya.' },
  },
  SENDS_TO_MANY_STRANGERS: {
    score: 60,
    about: { en: 'More than 150 recipients in an hour, and nearly all of them were never written to before.', id: 'Lebih dari 150 penerima dalam satu jam, dan hampir semuanya belum pernah dikirimi email.' },
    mend: { en: 'Change the password. Mail to a list belongs to a program with a stream of its own.', id: 'Ganti kata sandinya. Email ke daftar sebaiknya dikirim program dengan jalur tersendiri.' },
  },
  SENDS_BOUNCE: {
    score: 40,
    about: { en: 'More than a tenth of its recipients do not exist.', id: 'Lebih dari sepersepuluh penerimanya tidak ada.' },
    mend: { en: 'Do not write to lists that were bought or guessed.', id: 'Jangan mengirim ke daftar yang dibeli atau ditebak.' },
  },
  SENDS_ONE_TEXT: {
    score: 30,
    about: { en: 'One text went to more than 100 recipients in a day.', id: 'Satu teks dikirim ke lebih dari 100 penerima dalam sehari.' },
    mend: { en: 'Mail to a list belongs to a program with a stream of its own.', id: 'Email ke daftar sebaiknya dikirim program dengan jalur tersendiri.' },
  },
  SENDS_MANY_NAMES: {
    score: 30,
    about: { en: 'It sent under more than five names in a day.', id: 'Dalam sehari dikirim dengan lebih dari lima nama.' },
    mend: { en: 'Check who else uses the account.', id: 'Periksa siapa lagi yang memakai akun ini.' },
  },
  SENDS_AT_NIGHT: {
    score: 10,
    about: { en: 'It sends at an hour at which it never did in two weeks.', id: 'Dikirim pada jam yang tidak pernah dipakai selama dua minggu.' },
    mend: null,
  },
  SENDS_SURGE: {
    score: 20,
    about: { en: 'It sent more than ten times as much as on a usual day.', id: 'Kirimannya lebih dari sepuluh kali hari biasa.' },
    mend: null,
  },
  SENDS_MALWARE: {
    score: 60,
    about: { en: 'A virus scanner found malware in what it sent.', id: 'Pemindai virus menemukan malware pada kirimannya.' },
    mend: { en: 'Clean the computers that use the account, then change the password.', id: 'Bersihkan komputer yang memakai akun ini, lalu ganti kata sandinya.' },
  },
  SENDS_LISTED_LINK: {
    score: 40,
    about: { en: 'It links to a domain that a DNS list has for spam, phishing or malware.', id: 'Isinya menautkan ke domain yang tercantum di daftar DNS karena spam, phishing, atau malware.' },
    mend: { en: 'Ask the owner whether he wrote it; if not, change the password.', id: 'Tanyakan kepada pemiliknya apakah ia yang menulis; jika bukan, ganti kata sandinya.' },
  },
  SAID_SO: { score: 0, about: { en: 'An operator said so.', id: 'Atas keputusan operator.' }, mend: null },
  FORWARDS_SINCE_NOW: {
    score: 20,
    about: { en: 'A rule that forwards its mail elsewhere was made a short time ago.', id: 'Belum lama ini dibuat aturan yang meneruskan emailnya ke luar.' },
    mend: { en: 'Look at the rules of the account.', id: 'Periksa aturan pada akun ini.' },
  },
} as const satisfies FilterRules
