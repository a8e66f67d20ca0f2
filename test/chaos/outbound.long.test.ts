import { test } from 'node:test'
import { killWhileSending } from './outbound.ts'

test('kill -9 while mail is sent loses nothing, ten times over', () => killWhileSending(10))
