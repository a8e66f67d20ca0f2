import { test } from 'node:test'
import { mirror } from './mbsync.ts'

test('mbsync mirrors 500 messages both ways, and a second run finds nothing to do', () => mirror(500))
