import type { Migration } from '../../infra/db/migrate.ts'

/** What a trace is asked by: a message, an address, a Message-ID. Filled from the events, off the road. */
export const TRACE_KEY = `CREATE TABLE trace_key (
    key TEXT NOT NULL,
    event INT NOT NULL,
    PRIMARY KEY (key, event)
  ) WITHOUT ROWID`

/** How far each reader of the events has come. */
export const EVENT_CURSOR = `CREATE TABLE event_cursor (
    reader TEXT NOT NULL PRIMARY KEY,
    position TEXT NOT NULL
  ) WITHOUT ROWID`

/** The schema of the trace index, a file of its own beside the embedded database. On PostgreSQL it lies with the rest. */
export const traceMigrations: readonly Migration[] = [{ version: 1, name: 'trace index', statements: [TRACE_KEY, EVENT_CURSOR] }]
