import { test } from 'node:test'
import { killWhileSending } from './outbound.ts'

test('kill -9 while mail is sent loses nothing, five times over', () => killWhileSending(5))
