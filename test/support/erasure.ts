import pg from 'pg'
import type { SegmentReader } from '../../src/core/mailbox/body.ts'

/** For erasures where no message is large. */
export const NO_SEGMENTS: SegmentReader = {
  read() {
    throw new Error('no message lies in a segment')
  },
}

/** Tables of a PostgreSQL database that have a text in any row, in any case of letters. */
export async function tablesWith(url: string, wanted: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string }>("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'")
    const found: string[] = []
    for (const { name } of rows) if (((await client.query(`SELECT 1 FROM "${name}" row WHERE row::text ILIKE $1 LIMIT 1`, [`%${wanted}%`])).rowCount ?? 0) > 0) found.push(name)
    return found
  } finally {
    await client.end()
  }
}
