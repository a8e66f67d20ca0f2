import { lineOf, placeOf, short } from './source.ts'
import type { Source } from './source.ts'

/** Built-ins that compute and do nothing else. */
const PURE_BUILT_INS = new Set(['node:buffer', 'node:crypto', 'node:util', 'node:string_decoder', 'node:punycode', 'node:url'])

/** Reaching out of proto: clock, chance, timers, process, network. */
const REACHES_OUT: readonly RegExp[] = [
  /\bDate\.now\b/g, /\bnew Date\(\s*\)/g, /\bperformance\.now\b/g, /\bMath\.random\b/g, /\b(?:randomBytes|randomUUID|randomInt|getRandomValues|randomFillSync)\b/g,
  /\b(?:setTimeout|setInterval|setImmediate)\b/g, /\bAbortSignal\.timeout\b/g, /\bprocess\./g, /(?<![.\w])fetch\(/g, /\bnew Worker\b/g,
]

/** A statement of SQL, as its author would begin it. `SELECT` alone is also a command of IMAP. */
const SQL = /(['"`])\s*(?:SELECT\s[\s\S]{1,2000}?\sFROM\s|INSERT\s+(?:OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|(?:CREATE|DROP|ALTER)\s+(?:UNIQUE\s+)?(?:TABLE|INDEX)\s|WITH\s+(?:RECURSIVE\s+)?\w+\s*(?:\([^)]*\)\s*)?AS\s*\()/g

/** proto does no I/O, has no clock, no chance and no timers. */
export function impureProto(source: Source): readonly string[] {
  if (placeOf(source.path)?.layer !== 'proto' || source.isTest) return []
  const faults = source.imports
    .filter(({ specifier }) => specifier.startsWith('node:') && !PURE_BUILT_INS.has(specifier))
    .map(({ specifier, line }) => `${short(source.path)}:${line}: proto does no I/O: ${specifier}`)
  for (const pattern of REACHES_OUT) {
    for (const { index, 0: what } of source.code.matchAll(pattern)) faults.push(`${short(source.path)}:${lineOf(source.code, index)}: proto has no ${what.trim()}`)
  }
  return faults
}

/** SQL stands in `sql*.ts`, in migrations, and in the drivers, which own tables of their own. */
export function straySql(source: Source): readonly string[] {
  const place = placeOf(source.path)
  if (place === null || source.isTest || /^(sql|migrat)/.test(place.name)) return []
  if (source.path.startsWith('src/infra/db/')) return []
  return [...source.codeWithStrings.matchAll(SQL)].map(({ index }) => `${short(source.path)}:${lineOf(source.codeWithStrings, index)}: SQL belongs in sql*.ts`)
}

/**
 * No read transaction lasts over an `await`: it would pin the write-ahead log while somebody else is waited for.
 *
 * The database's `read` and `write` take generators, in which `await` is a syntax error, so what is left to forbid is
 * giving them something asynchronous, and opening transactions behind their back.
 */
export function readsOverAwait(source: Source): readonly string[] {
  const layer = placeOf(source.path)?.layer
  if ((layer !== 'core' && layer !== 'app') || source.isTest) return []
  const faults: string[] = []
  for (const { index } of source.code.matchAll(/\b(?:read|write|transaction|snapshot)\(\s*(?:'[^']*'\s*,\s*)?async\b/g)) {
    faults.push(`${short(source.path)}:${lineOf(source.code, index)}: a transaction over an await: give a generator`)
  }
  for (const { index } of source.codeWithStrings.matchAll(/(['"`])(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT)\b[^'"`]{0,40}\1/g)) {
    faults.push(`${short(source.path)}:${lineOf(source.codeWithStrings, index)}: only the drivers open transactions`)
  }
  return faults
}

/** Tests that do not run are not tests. */
export function restrainedTests(source: Source): readonly string[] {
  if (!source.isTest) return []
  const pattern = /\b(?:test|it|describe|suite|t)\.(?:only|skip|todo)\b|[{,]\s*(?:only|skip|todo)\s*:/g
  return [...source.code.matchAll(pattern)].map(({ index, 0: what }) => `${source.path}:${lineOf(source.code, index)}: ${what.trim()}`)
}
