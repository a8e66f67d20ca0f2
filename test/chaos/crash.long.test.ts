import { test } from 'node:test'
import { crashRounds } from './crash.ts'

const ROUNDS = 20

test('what was answered 250 is there exactly once after each of twenty crashes', () =>
  crashRounds(Array.from({ length: ROUNDS }, (_, i) => (i % 2 === 0 ? 'process' : 'writer'))))
