import { test } from 'node:test'
import { onPostgres } from '../support/database.ts'
import { cutPower, syncsBeforeEachAnswer } from './power.ts'

// On PostgreSQL the rows are on another machine, which goes on: the files here must not lag behind them.
test('a power cut while 20 connections deliver loses nothing that was answered 250', () => cutPower(1))

// There, a small message is on that machine's disk, where this shim does not see the sync.
if (!onPostgres) test('every 250 comes after a sync', () => syncsBeforeEachAnswer(40))
