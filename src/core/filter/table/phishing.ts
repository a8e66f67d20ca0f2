import type { FilterRules } from '../rule.ts'

/** Who it pretends to be, and what it wants. */
export const phishingRules: FilterRules = {
  BRAND_NAME: {
    score: 3,
    about: { en: 'The sender’s name is that of a company or an office, but it does not come from there.', id: 'Nama pengirim memakai nama perusahaan atau instansi, tetapi bukan dikirim dari sana.' },
    mend: { en: 'Write under your own name, from your own domain.', id: 'Kirim dengan nama dan domain sendiri.' },
  },
  PERSON_NAME: {
    score: 2.5,
    about: { en: 'The sender has the name of somebody here, but another address.', id: 'Nama pengirim sama dengan orang di sini, tetapi alamatnya lain.' },
    mend: { en: 'If this is you, write from your work address.', id: 'Jika ini memang Anda, kirim dari alamat kantor.' },
  },
  LOOKALIKE_DOMAIN: {
    score: 3.5,
    about: { en: 'A domain in it looks like a known one and is another.', id: 'Ada domain yang mirip dengan domain yang dikenal, tetapi berbeda.' },
    mend: { en: 'Use a domain that cannot be taken for somebody else’s.', id: 'Pakai domain yang tidak menyerupai milik orang lain.' },
  },
  LOOKALIKE_ENDING: {
    score: 1,
    about: { en: 'The sender’s domain is a known one with another ending.', id: 'Domain pengirim sama dengan domain yang dikenal, tetapi akhirannya berbeda.' },
    mend: null,
  },
  BRAND_IN_DOMAIN: {
    score: 2.5,
    about: { en: 'A domain in it joins the name of a company to a word that baits.', id: 'Ada domain yang menggabungkan nama perusahaan dengan kata pemancing.' },
    mend: { en: 'Use a domain without other companies’ names.', id: 'Pakai domain tanpa nama perusahaan lain.' },
  },
  DOMAIN_MIXED_SCRIPT: {
    score: 3,
    about: { en: 'A domain in it mixes letters of several scripts.', id: 'Ada domain yang mencampur huruf dari beberapa aksara.' },
    mend: null,
  },
  MONEY_REPLY_ELSEWHERE: {
    score: 2,
    about: { en: 'It asks for money or secrets, and answers go elsewhere.', id: 'Meminta uang atau data rahasia, dan balasannya dikirim ke tempat lain.' },
    mend: { en: 'Let answers come to the address it is sent from.', id: 'Gunakan alamat balasan yang sama dengan alamat pengirim.' },
  },
  FIRST_CONTACT_PAYMENT: {
    score: 1,
    about: { en: 'Somebody who has never written to the recipient asks for money or secrets, and for haste.', id: 'Orang yang belum pernah menulis kepada penerima meminta uang atau data rahasia dan mendesak.' },
    mend: null,
  },
  FIRST_CONTACT_MONEY: {
    score: 0.3,
    about: { en: 'Somebody who has never written to the recipient speaks of money or secrets.', id: 'Orang yang belum pernah menulis kepada penerima berbicara tentang uang atau data rahasia.' },
    mend: null,
  },
}
