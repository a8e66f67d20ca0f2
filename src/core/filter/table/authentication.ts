import type { FilterRules } from '../rule.ts'

/** What SPF, DKIM, ARC, DMARC and the name of the client's address are worth. Scores: deliverability §5.1, §5.4. */
export const AUTHENTICATION_RULES: FilterRules = {
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
