import { test } from 'node:test'
import { killAfterTheReply } from './kill-stages.ts'
import { killWhileSending } from './outbound.ts'

test('kill -9 while mail is sent loses nothing, and what came twice was under way and is marked', () => killWhileSending(1))
test('kill -9 after the other server has taken a message sends it once more at most, and says that it may have', killAfterTheReply)
