import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wrongDirections } from './tidy/directions.ts'
import { brokenLinks, faces, forbiddenWords, holesInLockfile, missingPaths, unexplainedDependencies } from './tidy/papers.ts'
import { impureProto, readsOverAwait, restrainedTests, straySql } from './tidy/purity.ts'
import { tooLong, wrongExports } from './tidy/shape.ts'
import { readSources } from './tidy/source.ts'

const sources = readSources(['src', 'test', 'scripts', 'bench'])
const offered = faces()

/** Fails with all faults at once, a line each: they are mended together. */
function none(faults: readonly string[]): void {
  assert.equal(faults.length, 0, `\n${faults.join('\n')}`)
}

test('every import looks in the direction that the architecture allows', () => none(sources.flatMap(wrongDirections)))
test('no file and no function is too long', () => none(sources.flatMap(tooLong)))
test('exports are named, documented and imported from where they live', () => none(sources.flatMap((source) => wrongExports(source, offered))))
test('proto does no I/O and has no clock, no chance and no timers', () => none(sources.flatMap(impureProto)))
test('SQL stands in sql files, migrations and drivers only', () => none(sources.flatMap(straySql)))
test('no transaction lasts over an await', () => none(sources.flatMap(readsOverAwait)))
test('every test runs', () => none(sources.flatMap(restrainedTests)))
test('nothing says where or with what it was written', () => none(forbiddenWords()))
test('every link in our pages leads somewhere', () => none(brokenLinks()))
test('every file that our pages name exists', () => none(missingPaths()))
test('every dependency is exact and explained', () => none(unexplainedDependencies()))
test('the lockfile holds every package it names', () => none(holesInLockfile()))
