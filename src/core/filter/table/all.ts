import type { FilterRules } from '../rule.ts'

/** Every rule there is, of all tables. */
export const ALL_RULES: FilterRules = {}
