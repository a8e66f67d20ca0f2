/** Which database a statement is written for. */
export type Dialect = 'sqlite' | 'postgres'

/** What may be bound: numbers are integers below 2^53 or reals, bytes are `Uint8Array`. */
export type Value = string | number | Uint8Array | null

/** Named parameters of a statement. */
export type Params = Readonly<Record<string, Value>>

/** A statement, parsed once: SQL with `$name` parameters, in the form each database wants. */
export interface Statement<P extends Params, R> {
  /** Parameter names in the order of their numbers. */
  readonly names: readonly string[]
  readonly sqlite: string
  readonly postgres: string
  /** A short name that is unique in the process: PostgreSQL prepares the statement under it. */
  readonly key: string
  /** Never set: they carry the types. */
  readonly takes?: (params: P) => void
  readonly row?: R
}

/** A statement whose types the driver need not know. */
export type AnyStatement = Pick<Statement<never, unknown>, 'names' | 'sqlite' | 'postgres' | 'key'>

/** The texts of a statement that cannot be said in one way on both databases. */
export interface PerDialect {
  readonly sqlite: string
  readonly postgres: string
}

let made = 0

/**
 * Makes a statement, once, at the top of a `sql*.ts` file. Each driver prepares it on first use and keeps it.
 *
 * Parameters are `$name`; the same name may stand several times. Quoted text must not contain `$`.
 */
export function statement<P extends Params, R = never>(sql: string | PerDialect): Statement<P, R> {
  const texts = typeof sql === 'string' ? { sqlite: sql, postgres: sql } : sql
  const names: string[] = []
  const number = (text: string, sign: string): string =>
    text.replace(/\$([a-z][A-Za-z0-9]*)/g, (_, name: string) => {
      if (!names.includes(name)) names.push(name)
      return `${sign}${names.indexOf(name) + 1}`
    })
  const sqlite = number(texts.sqlite, '?')
  const postgres = number(texts.postgres, '$')
  made += 1
  return { names, sqlite, postgres, key: `s${made}` }
}

/** The values of `params` in the order the statement numbers them. Throws for one that is missing: that is a bug. */
export function valuesOf(statement: AnyStatement, params: Params): Value[] {
  const values: Value[] = []
  for (const name of statement.names) {
    const value = params[name]
    if (value === undefined) throw new Error(`no value for $${name} in: ${statement.sqlite}`)
    values.push(value)
  }
  return values
}
