import type { FilterRules } from '../rule.ts'

/** What its text and its HTML tell. */
export const bodyRules: FilterRules = {
  GTUBE: {
    score: 1000,
    about: { en: 'It holds the text that tests whether a spam filter works.', id: 'Di dalamnya ada teks uji untuk memeriksa apakah filter spam bekerja.' },
    mend: { en: 'Leave the test string out.', id: 'Hapus teks uji itu.' },
  },
  HTML_ONLY: {
    score: 0.3,
    about: { en: 'It is HTML without a plain text beside it.', id: 'Isinya hanya HTML, tanpa versi teks biasa.' },
    mend: { en: 'Send a text/plain part too.', id: 'Sertakan juga bagian text/plain.' },
  },
  TEXT_MISMATCH: {
    score: 1,
    about: { en: 'Its plain text says something else than its HTML.', id: 'Isi teks biasanya berbeda dari isi HTML-nya.' },
    mend: { en: 'Say the same in both parts.', id: 'Samakan isi kedua bagian itu.' },
  },
  HTML_HIDDEN: {
    score: 1,
    about: { en: 'Much of its text cannot be seen.', id: 'Banyak teksnya yang tidak terlihat.' },
    mend: { en: 'Take the hidden text out; a short line for the preview does no harm.', id: 'Hapus teks tersembunyi; satu baris pendek untuk pratinjau tidak masalah.' },
  },
  HTML_HIDDEN_IN_WORD: {
    score: 1.5,
    about: { en: 'Hidden text stands inside its words.', id: 'Ada teks tersembunyi di tengah kata-katanya.' },
    mend: { en: 'Take the hidden text out.', id: 'Hapus teks tersembunyi itu.' },
  },
  HTML_FORM: {
    // Measured (bench/row/spam.ts): of HTML that was wanted more has forms, for searching and ending a subscription, than of HTML that was not.
    score: 0.5,
    about: { en: 'It has a form to fill in.', id: 'Ada formulir isian di dalamnya.' },
    mend: { en: 'Link to a form on your own pages.', id: 'Beri tautan ke formulir di situs Anda sendiri.' },
  },
  HTML_PASSWORD: {
    score: 3,
    about: { en: 'It asks for a password in the message itself.', id: 'Di dalam pesannya sendiri ada isian kata sandi.' },
    mend: { en: 'Let people type passwords on your own pages only.', id: 'Biarkan kata sandi diketik di situs Anda sendiri saja.' },
  },
  HTML_SCRIPT: {
    score: 0.5,
    about: { en: 'It has a script in it.', id: 'Ada skrip di dalamnya.' },
    mend: { en: 'Take the script out: no mail program runs it.', id: 'Hapus skripnya: tidak ada program email yang menjalankannya.' },
  },
  HTML_DATA_URI: {
    score: 1,
    about: { en: 'It carries a page inside a link.', id: 'Ada halaman yang disisipkan di dalam tautan.' },
    mend: { en: 'Put the page on the web and link to it.', id: 'Taruh halaman itu di web lalu beri tautan ke sana.' },
  },
  IMAGE_ONLY: {
    score: 1,
    about: { en: 'It has images and almost no text.', id: 'Isinya gambar, hampir tanpa teks.' },
    mend: { en: 'Write what it is about as text.', id: 'Tulis isinya sebagai teks.' },
  },
}

/** The string that every filter must take for spam, so that people can try theirs. In pieces, so that this file is not taken for it. */
export const GTUBE_TEXT = ['XJS*C4JDBQADN1.NSBN3*2IDNEN*', 'GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL', '*C.34X'].join('')
