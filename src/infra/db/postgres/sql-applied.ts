import { statement } from '../statement.ts'
import { write } from '../transaction.ts'

const FORGET = statement<{ beforeMs: number }>('DELETE FROM applied WHERE at < to_timestamp($beforeMs::double precision / 1000)')

/** Forgets the answers of old writes: whoever lost one asks within seconds. Returns how many. SQLite's writer does this by itself. */
export const forgetAnswers = write('applied.forget', (tx, args: { readonly beforeMs: number }) => tx.run(FORGET, args))
