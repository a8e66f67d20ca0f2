import { test } from 'node:test'
import { killAtEveryStage } from './kill-stages.ts'
import { killWhileSending } from './outbound.ts'

test('kill -9 while mail is sent loses nothing, five times over', () => killWhileSending(5))
test('kill -9 in every state of the queue, and at every step of a conversation, loses nothing and doubles nothing', killAtEveryStage)
