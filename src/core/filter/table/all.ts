import type { FilterRules } from '../rule.ts'
import { attachmentRules } from './attachment.ts'
import { AUTHENTICATION_RULES } from './authentication.ts'
import { BAYES_RULES } from './bayes.ts'
import { bodyRules } from './body.ts'
import { headerRules } from './header.ts'
import { linkRules } from './link.ts'
import { NETWORK_RULES } from './network.ts'
import { phishingRules } from './phishing.ts'
import { scannerRules } from './scanner.ts'

/** What decides by itself, so that whoever asks why hears it: it weighs enough to stand first. */
const DECISIVE_RULES: FilterRules = {
  OWN_DOMAIN_FORGED: {
    score: 10,
    about: { en: 'It is written in the name of a domain that is served here, and neither a login nor SPF nor DKIM vouches for that.', id: 'Pesan ditulis atas nama domain yang dilayani di sini, tanpa bukti dari login, SPF, atau DKIM.' },
    mend: { en: 'Log in to send (submission, port 465 or 587), or let the server that sends sign with DKIM or stand in the SPF record of the domain.', id: 'Kirim dengan login (submission, port 465 atau 587), atau biarkan server pengirim menandatangani dengan DKIM atau tercantum di catatan SPF domain.' },
  },
  LISTED_DENY: {
    score: 0,
    about: { en: 'An entry of a deny list names this sender, or a domain that it links to.', id: 'Sebuah entri daftar tolak menyebut pengirim ini, atau domain yang ditautkannya.' },
    mend: { en: 'Ask the recipient, or the operator, to remove the entry: merpati filter deny list.', id: 'Minta penerima atau operator menghapus entri itu: merpati filter deny list.' },
  },
  DECLARED_FORWARDER: { score: 0, about: { en: 'The recipient has said that this server forwards mail.', id: 'Penerima menyatakan bahwa server ini meneruskan surat.' }, mend: null },
  LISTED_ALLOW: { score: 0, about: { en: 'An entry of an allow list names this sender.', id: 'Sebuah entri daftar izin menyebut pengirim ini.' }, mend: null },
}

/** What speaks for a message by whom its readers know. deliverability §5.4. */
const ACQUAINTANCE_RULES: FilterRules = {
  FIRST_SEEN_DOMAIN: { score: 0.5, about: { en: 'Nobody here has had mail from the domain of the author before.', id: 'Belum ada yang pernah menerima surat dari domain penulis di sini.' }, mend: null },
  KNOWN_SENDER: { score: -4, about: { en: 'The recipient has written to this sender before, and it is proven to be the same.', id: 'Penerima pernah menulis kepada pengirim ini, dan terbukti pengirimnya sama.' }, mend: null },
}

/** Every rule there is, of all tables. */
export const ALL_RULES: FilterRules = {
  ...NETWORK_RULES, ...AUTHENTICATION_RULES, ...headerRules, ...bodyRules, ...linkRules, ...attachmentRules, ...phishingRules, ...BAYES_RULES, ...scannerRules, ...ACQUAINTANCE_RULES, ...DECISIVE_RULES,
}

/** Rules about who brings a message, and about headers that are missing: they weigh nothing for peers that are exempt, such as this machine itself. */
export const RULES_OF_WHO: readonly string[] = Object.keys(ALL_RULES).filter((rule) =>
  /^(?:RDNS|HELO|SENDER|SPF|DNSBL|DNSWL)_|^(?:EARLY_TALKER|LOCAL_SENDER|AUTHOR_DOMAIN_MISSING|DATE_MISSING|MSGID_MISSING|MSGID_BARE|MIME_VERSION_MISSING|TO_MISSING|FROM_MISSING|FIRST_SEEN_DOMAIN)$/.test(rule),
)
