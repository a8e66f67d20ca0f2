import { test } from 'node:test'
import { mirror } from './mbsync.ts'

test('mbsync mirrors 5,000 messages both ways, and a second run finds nothing to do', () => mirror(5_000))
