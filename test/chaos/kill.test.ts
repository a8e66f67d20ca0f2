import { test } from 'node:test'
import { killProcess, killWriter } from './kill.ts'

test('kill -9 while 20 connections deliver loses nothing that was answered 250', () => killProcess(1))
test('the writer thread dies while 20 connections deliver, and nothing is lost or doubled', () => killWriter(1))
