import type { FilterRules } from '../rule.ts'

/** What SPF, DKIM, ARC, DMARC and the name of the client's address are worth. Scores: deliverability §5.1, §5.4. */
export const AUTHENTICATION_RULES: FilterRules = {
  IPREV_PASS: { score: 0, about: { en: 'The name of the sending address leads back to it.', id: 'Nama alamat pengirim mengarah kembali ke alamat itu.' }, mend: null },
  IPREV_NONE: {
    score: 1.5,
    about: { en: 'The sending address has no name.', id: 'Alamat pengirim tidak punya nama.' },
    mend: { en: 'Give the sending address a PTR record, and that name an A or AAAA record.', id: 'Beri alamat pengirim sebuah data PTR, dan nama itu data A atau AAAA.' },
  },
  IPREV_MISMATCH: {
    score: 1,
    about: { en: 'The name of the sending address leads elsewhere.', id: 'Nama alamat pengirim mengarah ke tempat lain.' },
    mend: { en: 'Give the name in the PTR record an A or AAAA record with the sending address.', id: 'Beri nama pada data PTR sebuah data A atau AAAA dengan alamat pengirim.' },
  },
  IPREV_TEMPERROR: { score: 0, about: { en: 'The name of the sending address could not be looked up.', id: 'Nama alamat pengirim tidak dapat dicari.' }, mend: null },
  SPF_PASS: { score: 0, about: { en: 'SPF: the domain lets this server send.', id: 'SPF: domain mengizinkan server ini mengirim.' }, mend: null },
  SPF_FAIL: {
    score: 2.5,
    about: { en: 'SPF: the domain says that this server may not send for it.', id: 'SPF: domain menyatakan server ini tidak boleh mengirim untuknya.' },
    mend: { en: 'Name the sending server in the SPF record of the domain.', id: 'Sebutkan server pengirim dalam data SPF domain.' },
  },
  SPF_SOFTFAIL: {
    score: 1,
    about: { en: 'SPF: the domain does not know this server.', id: 'SPF: domain tidak mengenal server ini.' },
    mend: { en: 'Name the sending server in the SPF record of the domain.', id: 'Sebutkan server pengirim dalam data SPF domain.' },
  },
  SPF_NEUTRAL: { score: 0, about: { en: 'SPF: the domain does not say whether this server may send.', id: 'SPF: domain tidak menyatakan apakah server ini boleh mengirim.' }, mend: null },
  SPF_NONE: {
    score: 0.3,
    about: { en: 'SPF: the domain has no record.', id: 'SPF: domain tidak punya data.' },
    mend: { en: 'Publish an SPF record that names all servers that send.', id: 'Terbitkan data SPF yang menyebut semua server pengirim.' },
  },
  SPF_PERMERROR: {
    score: 0.7,
    about: { en: 'SPF: the record of the domain is wrong.', id: 'SPF: data domain salah.' },
    mend: { en: 'Mend the SPF record: one record, at most ten lookups, no unknown words.', id: 'Perbaiki data SPF: satu data, paling banyak sepuluh pencarian, tanpa kata yang tidak dikenal.' },
  },
  SPF_TEMPERROR: { score: 0, about: { en: 'SPF: DNS did not answer.', id: 'SPF: DNS tidak menjawab.' }, mend: null },
  DKIM_ALIGNED: { score: -0.7, about: { en: 'DKIM: signed by the domain of the author.', id: 'DKIM: ditandatangani oleh domain penulis.' }, mend: null },
  DKIM_PASS: { score: -0.3, about: { en: 'DKIM: a signature is good.', id: 'DKIM: ada tanda tangan yang sah.' }, mend: null },
  DKIM_FAIL: {
    score: 0.5,
    about: { en: 'DKIM: no signature is good.', id: 'DKIM: tidak ada tanda tangan yang sah.' },
    mend: { en: 'Sign after the last change to the message, and publish the key of the selector.', id: 'Tanda tangani setelah perubahan terakhir pada pesan, dan terbitkan kunci untuk selector itu.' },
  },
  DKIM_NONE: {
    score: 0,
    about: { en: 'DKIM: the message is not signed.', id: 'DKIM: pesan tidak ditandatangani.' },
    mend: { en: 'Sign mail with the domain of its author.', id: 'Tanda tangani surat dengan domain penulisnya.' },
  },
  DKIM_TEMPERROR: { score: 0, about: { en: 'DKIM: DNS did not answer for the key.', id: 'DKIM: DNS tidak menjawab untuk kunci.' }, mend: null },
  ARC_PASS: { score: 0, about: { en: 'ARC: the chain of forwarders is whole.', id: 'ARC: rantai penerus utuh.' }, mend: null },
  ARC_FAIL: { score: 0, about: { en: 'ARC: the chain of forwarders is broken.', id: 'ARC: rantai penerus putus.' }, mend: null },
  DMARC_PASS: { score: 0, about: { en: 'DMARC: the domain of the author vouches for the message.', id: 'DMARC: domain penulis menjamin pesan ini.' }, mend: null },
  DMARC_NONE: {
    score: 0,
    about: { en: 'DMARC: the domain of the author has no policy.', id: 'DMARC: domain penulis tidak punya kebijakan.' },
    mend: { en: 'Publish a DMARC record for the domain.', id: 'Terbitkan data DMARC untuk domain.' },
  },
  // Those of quarantine and reject weigh no less; what becomes of the message is decided in `dmarc-decision.ts`.
  DMARC_FAIL_NONE: {
    score: 1,
    about: { en: 'DMARC: neither SPF nor DKIM is of the domain of the author.', id: 'DMARC: SPF maupun DKIM bukan milik domain penulis.' },
    mend: { en: 'Sign with the domain of the author, or send with a return path of that domain.', id: 'Tanda tangani dengan domain penulis, atau kirim dengan alamat balik dari domain itu.' },
  },
  DMARC_FAIL_QUARANTINE: {
    score: 1,
    about: { en: 'DMARC failed, and the domain of the author asks to treat such mail as suspicious.', id: 'DMARC gagal, dan domain penulis meminta surat seperti ini dianggap mencurigakan.' },
    mend: { en: 'Sign with the domain of the author, or send with a return path of that domain.', id: 'Tanda tangani dengan domain penulis, atau kirim dengan alamat balik dari domain itu.' },
  },
  DMARC_FAIL_REJECT: {
    score: 1,
    about: { en: 'DMARC failed, and the domain of the author asks to refuse such mail.', id: 'DMARC gagal, dan domain penulis meminta surat seperti ini ditolak.' },
    mend: { en: 'Sign with the domain of the author, or send with a return path of that domain.', id: 'Tanda tangani dengan domain penulis, atau kirim dengan alamat balik dari domain itu.' },
  },
  DMARC_SEVERAL_AUTHORS: {
    score: 0,
    about: { en: 'DMARC: the message has authors of different domains.', id: 'DMARC: pesan punya penulis dari domain yang berbeda.' },
    mend: { en: 'Name one author in From.', id: 'Sebutkan satu penulis pada From.' },
  },
  DMARC_PERMERROR: {
    score: 0.7,
    about: { en: 'DMARC: the author or the record of the domain cannot be read.', id: 'DMARC: penulis atau data domain tidak dapat dibaca.' },
    mend: { en: 'Mend the From field, or the DMARC record of the domain.', id: 'Perbaiki From, atau data DMARC domain.' },
  },
  DMARC_TEMPERROR: { score: 0, about: { en: 'DMARC: DNS did not answer.', id: 'DMARC: DNS tidak menjawab.' }, mend: null },
  AUTHOR_DOMAIN_MISSING: {
    score: 1,
    about: { en: 'The domain of the author does not exist.', id: 'Domain penulis tidak ada.' },
    mend: { en: 'Send from a domain that exists.', id: 'Kirim dari domain yang ada.' },
  },
}
