import { test } from 'node:test'
import { cutPower } from './power.ts'

test('a power cut while 20 connections deliver loses nothing that was answered 250, twenty times over', () => cutPower(20))
