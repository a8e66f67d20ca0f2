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

/** What speaks for a message by whom its readers know. deliverability §5.4. */
const ACQUAINTANCE_RULES: FilterRules = {
  KNOWN_SENDER: { score: -4, about: { en: 'The recipient has written to this sender before, and it is proven to be the same.', id: 'Penerima pernah menulis kepada pengirim ini, dan terbukti pengirimnya sama.' }, mend: null },
}

/** Every rule there is, of all tables. */
export const ALL_RULES: FilterRules = {
  ...NETWORK_RULES, ...AUTHENTICATION_RULES, ...headerRules, ...bodyRules, ...linkRules, ...attachmentRules, ...phishingRules, ...BAYES_RULES, ...scannerRules, ...ACQUAINTANCE_RULES,
}

/** Rules about who brings a message, and about headers that are missing: they weigh nothing for peers that are exempt, such as this machine itself. */
export const RULES_OF_WHO: readonly string[] = Object.keys(ALL_RULES).filter((rule) =>
  /^(?:RDNS|HELO|SENDER|SPF|DNSBL|DNSWL)_|^(?:LOCAL_SENDER|AUTHOR_DOMAIN_MISSING|DATE_MISSING|MSGID_MISSING|MSGID_BARE|TO_MISSING|FROM_MISSING)$/.test(rule),
)
