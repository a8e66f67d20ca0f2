import type { FilterRules } from '../rule.ts'

/** What its links tell. */
export const linkRules: FilterRules = {
  URL_IP: {
    score: 2,
    about: { en: 'A link leads to a bare IP address.', id: 'Ada tautan ke alamat IP tanpa nama domain.' },
    mend: { en: 'Link to a name in your own domain.', id: 'Pakai nama di domain Anda sendiri untuk tautan.' },
  },
  URL_PUNYCODE: {
    score: 1,
    about: { en: 'A link leads to a name with foreign letters, which may look like another.', id: 'Ada tautan ke nama dengan huruf asing yang bisa menyerupai nama lain.' },
    mend: { en: 'Link to a name in plain letters.', id: 'Pakai nama dengan huruf biasa.' },
  },
  URL_SHORTENER: {
    score: 0.7,
    about: { en: 'A link hides where it leads behind a shortener.', id: 'Ada tautan yang menyembunyikan tujuannya lewat pemendek tautan.' },
    mend: { en: 'Link to the page itself.', id: 'Beri tautan langsung ke halamannya.' },
  },
  URL_MANY: {
    // Half of all newsletters have so many, and hardly any spam.
    score: 0.1,
    about: { en: 'It has more than 30 links.', id: 'Ada lebih dari 30 tautan.' },
    mend: { en: 'Send fewer links.', id: 'Kurangi jumlah tautan.' },
  },
  URL_USERINFO: {
    score: 2,
    about: { en: 'A link shows one name before an @ and leads to another.', id: 'Ada tautan yang menampilkan satu nama sebelum tanda @ tetapi menuju nama lain.' },
    mend: { en: 'Leave logins out of links.', id: 'Jangan sertakan nama login di tautan.' },
  },
  URL_ESCAPED: {
    score: 1,
    about: { en: 'A link writes plain letters as codes, which hides what it says.', id: 'Ada tautan yang menulis huruf biasa sebagai kode, sehingga isinya tersembunyi.' },
    mend: { en: 'Write letters and digits in links as they are.', id: 'Tulis huruf dan angka di tautan apa adanya.' },
  },
  URL_SCRIPT: {
    score: 2,
    about: { en: 'A link runs a script instead of leading somewhere.', id: 'Ada tautan yang menjalankan skrip, bukan membuka halaman.' },
    mend: { en: 'Link to a page.', id: 'Beri tautan ke halaman.' },
  },
  URL_REDIRECT: {
    score: 1,
    about: { en: 'A link passes through somebody else’s redirect.', id: 'Ada tautan yang dialihkan lewat situs pihak lain.' },
    mend: { en: 'Link to the page itself.', id: 'Beri tautan langsung ke halamannya.' },
  },
  URL_SHOWN_OTHER: {
    // Newsletters that count clicks do it as often as swindlers, whose links have other faults too.
    score: 1,
    about: { en: 'A link shows one domain and leads to another.', id: 'Ada tautan yang menampilkan satu domain tetapi menuju domain lain.' },
    mend: { en: 'Show the domain that the link leads to, or words.', id: 'Tampilkan domain tujuan yang sebenarnya, atau kata biasa.' },
  },
}
