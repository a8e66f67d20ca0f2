import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from 'commander'
import { addStats } from './stats.ts'

test('the help tells what each rate divides by what', () => {
  const program = new Command()
  addStats(program)
  const [stats] = program.commands
  for (const command of [stats, stats?.commands.find((each) => each.name() === 'show')]) {
    let shown = ''
    command?.configureOutput({ writeOut: (text) => void (shown += text) }).outputHelp()
    assert.match(shown, /\n {2}open {14}opened by people ÷ delivered with a picture/)
    assert.match(shown, /\n {2}hardBounce {8}hard ÷ attempted\n/)
  }
})
