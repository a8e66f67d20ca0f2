import type { FilterRules, Sentence } from '../rule.ts'

/** What a listed sender can do; the list's own page says the rest. */
const DELIST: Sentence = {
  en: 'Find out why the address is listed (look it up on the page of the list), end what caused it, and ask for its removal there.',
  id: 'Cari tahu mengapa alamat ini terdaftar (periksa di halaman daftar tersebut), hentikan penyebabnya, lalu minta penghapusan di sana.',
}
const DELIST_DOMAIN: Sentence = {
  en: 'Look the domain up on the page of the list, clean what is hosted there, and ask for its removal.',
  id: 'Periksa domain di halaman daftar tersebut, bersihkan isi yang ada di sana, lalu minta penghapusan.',
}
const NAME_SERVER: Sentence = {
  en: 'Give the address one name in reverse DNS (PTR), and let that name lead back to the address (A or AAAA).',
  id: 'Berikan satu nama untuk alamat ini di reverse DNS (PTR), dan arahkan nama itu kembali ke alamat yang sama (A atau AAAA).',
}
const NAME_HELO: Sentence = {
  en: 'Set the name of the mail server (EHLO) to a full host name that leads to its address.',
  id: 'Atur nama server surat (EHLO) menjadi nama host lengkap yang mengarah ke alamatnya.',
}
const MEND_SPF: Sentence = {
  en: 'List every server that sends for the domain in its SPF record, or send through those that are listed.',
  id: 'Cantumkan semua server yang mengirim untuk domain ini di catatan SPF-nya, atau kirim lewat server yang sudah tercantum.',
}
const REPAIR_SPF: Sentence = {
  en: 'Repair the SPF record of the domain: the finding says which term is broken, or which limit it passes.',
  id: 'Perbaiki catatan SPF domain ini: temuan menyebutkan bagian yang rusak atau batas yang dilampaui.',
}

/** What checks of the client, its name, the sender and DNS lists find. Scores: deliverability §5.1, §5.3, §5.4. */
export const NETWORK_RULES: FilterRules = {
  RDNS_NONE: { score: 1.5, about: { en: 'The IP address of the sending server has no name in DNS.', id: 'Alamat IP server pengirim tidak memiliki nama di DNS.' }, mend: NAME_SERVER },
  RDNS_MISMATCH: { score: 1, about: { en: 'The name of the sending server does not lead back to its IP address.', id: 'Nama server pengirim tidak mengarah kembali ke alamat IP-nya.' }, mend: NAME_SERVER },
  RDNS_GENERIC: {
    score: 1,
    about: { en: 'The name of the sending server looks like a line for homes, not like a mail server.', id: 'Nama server pengirim terlihat seperti sambungan rumahan, bukan server surat.' },
    mend: { en: 'Ask the provider for a fixed address and a reverse name of your own, or send through the provider\'s mail server.', id: 'Minta alamat tetap dan nama reverse sendiri kepada penyedia, atau kirim lewat server surat penyedia.' },
  },
  EARLY_TALKER: {
    score: 3,
    about: { en: 'The sending server did not wait for the greeting before it spoke.', id: 'Server pengirim berbicara sebelum disapa.' },
    mend: { en: 'Let the mail server wait for the banner (220) before it sends EHLO.', id: 'Biarkan server surat menunggu sapaan (220) sebelum mengirim EHLO.' },
  },
  BODY_SPIKE: {
    score: 2,
    about: { en: 'The same text came from several networks within an hour, and nothing vouches for its author.', id: 'Teks yang sama datang dari beberapa jaringan dalam satu jam, tanpa bukti siapa penulisnya.' },
    mend: { en: 'Send from servers that the domain allows by SPF, and sign with DKIM.', id: 'Kirim dari server yang diizinkan SPF domain, dan tanda tangani dengan DKIM.' },
  },
  HELO_OURS: { score: 6, about: { en: 'The sending server called itself by our own name or address (EHLO).', id: 'Server pengirim memakai nama atau alamat kami sebagai namanya.' }, mend: NAME_HELO },
  HELO_BARE_IP: { score: 1.5, about: { en: 'The sending server called itself by an address without brackets (EHLO).', id: 'Server pengirim memakai alamat tanpa kurung siku sebagai namanya.' }, mend: NAME_HELO },
  HELO_LITERAL_MISMATCH: { score: 2, about: { en: 'The sending server called itself by an address that is not its own (EHLO).', id: 'Server pengirim memakai alamat yang bukan miliknya sebagai namanya.' }, mend: NAME_HELO },
  HELO_NO_DOT: { score: 1, about: { en: 'The sending server called itself by a name without a domain (EHLO).', id: 'Server pengirim memakai nama tanpa domain.' }, mend: NAME_HELO },
  HELO_BROKEN: { score: 2, about: { en: 'The sending server called itself by something that is no name (EHLO).', id: 'Server pengirim memakai sesuatu yang bukan nama.' }, mend: NAME_HELO },
  HELO_LEADS_BACK: { score: -0.5, about: { en: 'The name that the sending server gave leads to its address (EHLO).', id: 'Nama yang disebutkan server pengirim mengarah ke alamatnya (EHLO).' }, mend: null },
  HELO_NOT_FOUND: { score: 0.8, about: { en: 'The name that the sending server gave does not exist (EHLO).', id: 'Nama yang disebutkan server pengirim tidak ada (EHLO).' }, mend: NAME_HELO },
  SENDER_NULL_MX: {
    score: 5,
    about: { en: 'The domain of the sender says that it takes no mail.', id: 'Domain pengirim menyatakan tidak menerima surat.' },
    mend: { en: 'Send from a domain that takes mail, or remove its null MX record.', id: 'Kirim dari domain yang menerima surat, atau hapus catatan null MX-nya.' },
  },
  SENDER_NOT_FOUND: {
    score: 5,
    about: { en: 'The domain of the sender does not exist, or takes no mail.', id: 'Domain pengirim tidak ada atau tidak menerima surat.' },
    mend: { en: 'Publish an MX record for the domain of the sender.', id: 'Publikasikan catatan MX untuk domain pengirim.' },
  },
  LOCAL_SENDER: {
    score: 3,
    about: { en: 'Somebody who has not logged in sends under a domain of this server.', id: 'Seseorang yang belum masuk mengirim atas nama domain server ini.' },
    mend: { en: 'Log in to send, or list the sending server in the SPF record of the domain.', id: 'Masuk (login) untuk mengirim, atau cantumkan server pengirim di catatan SPF domain ini.' },
  },
  SPF_PASS: { score: 0, about: { en: 'The domain of the sender allows this server (SPF).', id: 'Domain pengirim mengizinkan server ini (SPF).' }, mend: null },
  SPF_FAIL: { score: 2.5, about: { en: 'The domain of the sender does not allow this server (SPF fail).', id: 'Domain pengirim tidak mengizinkan server ini (SPF fail).' }, mend: MEND_SPF },
  SPF_SOFTFAIL: { score: 1, about: { en: 'The domain of the sender does not expect mail from this server (SPF softfail).', id: 'Domain pengirim tidak mengharapkan surat dari server ini (SPF softfail).' }, mend: MEND_SPF },
  SPF_NEUTRAL: { score: 0, about: { en: 'The domain of the sender says nothing about this server (SPF neutral).', id: 'Domain pengirim tidak menyatakan apa pun tentang server ini (SPF neutral).' }, mend: null },
  SPF_NONE: {
    score: 0.3,
    about: { en: 'The domain of the sender does not say who may send for it (no SPF record).', id: 'Domain pengirim tidak menyebutkan siapa yang boleh mengirim (tanpa catatan SPF).' },
    mend: { en: 'Publish an SPF record for the domain.', id: 'Publikasikan catatan SPF untuk domain ini.' },
  },
  SPF_PERMERROR: { score: 0.7, about: { en: 'The SPF record of the sender\'s domain is broken.', id: 'Catatan SPF domain pengirim rusak.' }, mend: REPAIR_SPF },
  SPF_TEMPERROR: { score: 0, about: { en: 'The SPF record of the sender\'s domain could not be looked up.', id: 'Catatan SPF domain pengirim tidak dapat diperiksa.' }, mend: null },
  DNSBL_SBL: { score: 6, about: { en: 'Spamhaus lists the address as a source of spam (SBL).', id: 'Spamhaus mendaftarkan alamat ini sebagai sumber spam (SBL).' }, mend: DELIST },
  DNSBL_CSS: { score: 5, about: { en: 'Spamhaus lists the address as a source of spam (CSS).', id: 'Spamhaus mendaftarkan alamat ini sebagai sumber spam (CSS).' }, mend: DELIST },
  DNSBL_XBL: { score: 6, about: { en: 'Spamhaus lists the address as a captured machine (XBL).', id: 'Spamhaus mendaftarkan alamat ini sebagai mesin yang dibajak (XBL).' }, mend: DELIST },
  DNSBL_DROP: { score: 8, about: { en: 'Spamhaus lists the net as taken or rented for abuse (DROP).', id: 'Spamhaus mendaftarkan jaringan ini karena dikuasai untuk penyalahgunaan (DROP).' }, mend: DELIST },
  DNSBL_PBL: {
    score: 3.5,
    about: { en: 'The provider of the address says that no mail server is there (PBL).', id: 'Penyedia alamat ini menyatakan tidak ada server surat di sana (PBL).' },
    mend: { en: 'Send through the provider\'s mail server, or have the address taken off the PBL.', id: 'Kirim lewat server surat penyedia, atau minta alamat dikeluarkan dari PBL.' },
  },
  DNSBL_BARRACUDA: { score: 2.5, about: { en: 'Barracuda lists the address.', id: 'Barracuda mendaftarkan alamat ini.' }, mend: DELIST },
  DNSBL_SPAMCOP: { score: 2, about: { en: 'SpamCop lists the address: its users have reported spam from there.', id: 'SpamCop mendaftarkan alamat ini: penggunanya melaporkan spam dari sana.' }, mend: DELIST },
  DNSBL_PSBL: { score: 2, about: { en: 'PSBL lists the address: it has written to a trap.', id: 'PSBL mendaftarkan alamat ini: ia mengirim ke alamat jebakan.' }, mend: DELIST },
  DNSBL_MAILSPIKE: { score: 2, about: { en: 'Mailspike lists the address.', id: 'Mailspike mendaftarkan alamat ini.' }, mend: DELIST },
  DNSWL_NONE: { score: 0, about: { en: 'DNSWL knows the address as a mail server.', id: 'DNSWL mengenal alamat ini sebagai server surat.' }, mend: null },
  DNSWL_LOW: { score: -0.7, about: { en: 'DNSWL trusts the address a little.', id: 'DNSWL sedikit memercayai alamat ini.' }, mend: null },
  DNSWL_MEDIUM: { score: -1.5, about: { en: 'DNSWL trusts the address.', id: 'DNSWL memercayai alamat ini.' }, mend: null },
  DNSWL_HIGH: { score: -3, about: { en: 'DNSWL trusts the address much.', id: 'DNSWL sangat memercayai alamat ini.' }, mend: null },
  DBL_SPAM: { score: 5, about: { en: 'Spamhaus lists a domain of the message as used by spammers (DBL).', id: 'Spamhaus mendaftarkan domain dalam pesan ini sebagai domain spam (DBL).' }, mend: DELIST_DOMAIN },
  DBL_PHISH: { score: 6, about: { en: 'Spamhaus lists a domain of the message as phishing (DBL).', id: 'Spamhaus mendaftarkan domain dalam pesan ini sebagai phishing (DBL).' }, mend: DELIST_DOMAIN },
  DBL_MALWARE: { score: 6, about: { en: 'Spamhaus lists a domain of the message as spreading malware (DBL).', id: 'Spamhaus mendaftarkan domain dalam pesan ini sebagai penyebar malware (DBL).' }, mend: DELIST_DOMAIN },
  DBL_BOTNET: { score: 6, about: { en: 'Spamhaus lists a domain of the message as run by a botnet (DBL).', id: 'Spamhaus mendaftarkan domain dalam pesan ini sebagai milik botnet (DBL).' }, mend: DELIST_DOMAIN },
  DBL_ABUSED: { score: 2.5, about: { en: 'Spamhaus lists a good domain of the message that others abuse (DBL).', id: 'Spamhaus mendaftarkan domain baik dalam pesan ini yang disalahgunakan (DBL).' }, mend: DELIST_DOMAIN },
  SURBL_PHISH: { score: 6, about: { en: 'SURBL lists a link of the message as phishing.', id: 'SURBL mendaftarkan tautan dalam pesan ini sebagai phishing.' }, mend: DELIST_DOMAIN },
  SURBL_MALWARE: { score: 6, about: { en: 'SURBL lists a link of the message as spreading malware.', id: 'SURBL mendaftarkan tautan dalam pesan ini sebagai penyebar malware.' }, mend: DELIST_DOMAIN },
  SURBL_ABUSE: { score: 4, about: { en: 'SURBL lists a link of the message as used by spammers.', id: 'SURBL mendaftarkan tautan dalam pesan ini sebagai tautan spam.' }, mend: DELIST_DOMAIN },
  SURBL_CRACKED: { score: 3, about: { en: 'SURBL lists a link of the message: its site was broken into.', id: 'SURBL mendaftarkan tautan dalam pesan ini: situsnya telah dibobol.' }, mend: DELIST_DOMAIN },
  URIBL_BLACK: { score: 5, about: { en: 'URIBL lists a link of the message as used by spammers.', id: 'URIBL mendaftarkan tautan dalam pesan ini sebagai tautan spam.' }, mend: DELIST_DOMAIN },
  URIBL_GREY: { score: 0.5, about: { en: 'URIBL has seen a link of the message in mass mail.', id: 'URIBL pernah melihat tautan dalam pesan ini di surat massal.' }, mend: DELIST_DOMAIN },
  URIBL_RED: { score: 1, about: { en: 'URIBL watches a link of the message: its domain is new.', id: 'URIBL mengawasi tautan dalam pesan ini: domainnya baru.' }, mend: DELIST_DOMAIN },
  LISTED_BY_NAME_ONLY: {
    score: -2,
    about: { en: 'The sender is on an allow list, but nothing proves that it is the sender.', id: 'Pengirim ada di daftar izin, tetapi tidak ada bukti bahwa itu benar pengirimnya.' },
    mend: { en: 'Sign the mail with DKIM, or let SPF pass, so that the entry can count in full.', id: 'Tanda tangani surat dengan DKIM, atau pastikan SPF lulus, agar entri berlaku penuh.' },
  },
}
