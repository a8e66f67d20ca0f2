import { test } from 'node:test'
import { crashRounds } from './crash.ts'

test('what was answered 250 is there exactly once after the process or the writer was killed', () => crashRounds(['process', 'writer', 'process']))
