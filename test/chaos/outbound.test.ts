import { test } from 'node:test'
import { killWhileSending } from './outbound.ts'

test('kill -9 while mail is sent loses nothing, and what came twice was under way and is marked', () => killWhileSending(1))
