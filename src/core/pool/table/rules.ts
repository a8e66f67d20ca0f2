import { loadRules } from '../match-rule.ts'
import type { RuleBook } from '../match-rule.ts'
import { PROVIDERS } from './providers.ts'
import { AMERICA_RULES } from './rules-america.ts'
import { ANY_RULES } from './rules-any.ts'
import { EUROPE_ASIA_RULES } from './rules-europe-asia.ts'
import { GMAIL_RULES } from './rules-gmail.ts'
import { MICROSOFT_RULES } from './rules-microsoft.ts'

/** Our own rules. A rule that is wrong stops the program with a line that names it. */
export const RULES: RuleBook = loadRules(
  [...GMAIL_RULES, ...MICROSOFT_RULES, ...AMERICA_RULES, ...EUROPE_ASIA_RULES, ...ANY_RULES],
  new Set(PROVIDERS.byKey.keys()),
)
