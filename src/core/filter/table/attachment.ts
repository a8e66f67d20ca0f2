import type { FilterRules } from '../rule.ts'

/** What its attachments tell. Whether one of them is refused whatever the score is the policy's (`attachmentVerdict`). */
export const attachmentRules: FilterRules = {
  ATTACHMENT_BLOCKED: {
    score: 8,
    about: { en: 'It carries a program, or a file that starts one.', id: 'Lampirannya adalah program atau berkas yang menjalankan program.' },
    mend: { en: 'Put the file on the web and send a link.', id: 'Taruh berkasnya di web lalu kirim tautannya.' },
  },
  ATTACHMENT_DISGUISED: {
    score: 4,
    about: { en: 'The name of an attachment hides what it is.', id: 'Nama lampirannya menyembunyikan jenis berkas yang sebenarnya.' },
    mend: { en: 'Give the file its one true extension.', id: 'Beri berkas satu ekstensi yang sesuai.' },
  },
  ATTACHMENT_DOUBLE: {
    score: 1,
    about: { en: 'An attachment has a program’s extension before its last.', id: 'Lampirannya punya ekstensi program sebelum ekstensi terakhir.' },
    mend: { en: 'Give the file one extension.', id: 'Beri berkas satu ekstensi saja.' },
  },
  ATTACHMENT_MACRO: {
    score: 4,
    about: { en: 'An attached document carries macros.', id: 'Dokumen lampirannya berisi makro.' },
    mend: { en: 'Save the document without macros.', id: 'Simpan dokumen tanpa makro.' },
  },
  ATTACHMENT_ENCRYPTED: {
    score: 1.5,
    about: { en: 'An attached archive is locked, so nobody can look inside.', id: 'Arsip lampirannya terkunci, jadi tidak bisa diperiksa.' },
    mend: { en: 'Send it without a password, or share it by a link.', id: 'Kirim tanpa kata sandi, atau bagikan lewat tautan.' },
  },
  ATTACHMENT_PASSWORD: {
    score: 3,
    about: { en: 'An attached archive is locked and the message tells the password.', id: 'Arsip lampirannya terkunci dan kata sandinya ada di dalam pesan.' },
    mend: { en: 'Send it without a password, or share it by a link.', id: 'Kirim tanpa kata sandi, atau bagikan lewat tautan.' },
  },
  ATTACHMENT_PAGE: {
    score: 2.5,
    about: { en: 'An attached page has a form or a script.', id: 'Halaman lampirannya berisi formulir atau skrip.' },
    mend: { en: 'Put the page on the web and send a link.', id: 'Taruh halamannya di web lalu kirim tautannya.' },
  },
  ARCHIVE_BOMB: {
    score: 5,
    about: { en: 'An archive is too deep, has too many files, or unpacks to too much.', id: 'Arsipnya terlalu dalam, terlalu banyak berkas, atau terlalu besar saat dibuka.' },
    mend: { en: 'Send a smaller archive.', id: 'Kirim arsip yang lebih kecil.' },
  },
  MESSAGE_BOMB: {
    score: 5,
    about: { en: 'The message has too many parts, or parts too deep in others, to be looked through.', id: 'Pesan punya terlalu banyak bagian, atau bagian yang terlalu dalam, untuk diperiksa.' },
    mend: { en: 'Send fewer parts, or an archive.', id: 'Kirim lebih sedikit bagian, atau sebuah arsip.' },
  },
  MESSAGE_AMBIGUOUS: {
    score: 3,
    about: { en: 'A part of the message has two different Content-Type, Content-Transfer-Encoding or Content-Disposition fields.', id: 'Sebuah bagian pesan punya dua Content-Type, Content-Transfer-Encoding, atau Content-Disposition yang berbeda.' },
    mend: { en: 'Write each of these fields once.', id: 'Tulis setiap field itu satu kali saja.' },
  },
  ARCHIVE_UNREADABLE: {
    score: 0.5,
    about: { en: 'An archive is damaged, or of a kind that we cannot look into.', id: 'Arsipnya rusak atau jenisnya tidak bisa diperiksa.' },
    mend: { en: 'Send a ZIP file.', id: 'Kirim sebagai berkas ZIP.' },
  },
}
