import { makeId } from '../../base/ids.ts'
import type { Endpoint } from './endpoint.ts'
import { TEST_TYPE } from './public-types.ts'
import type { NewCall } from './sql-call.ts'

/** The call of somebody who wants to see whether an endpoint works. */
export function trialCall({ organization, id }: Pick<Endpoint, 'organization' | 'id'>, nowMs: number): NewCall {
  return { organization, endpoint: id, id: makeId('i', nowMs), type: TEST_TYPE, atMs: nowMs, data: { webhook_id: id, message: 'This is a test. Nothing has happened.' } }
}
