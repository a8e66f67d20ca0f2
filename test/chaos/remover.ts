import { removeOld } from '../../src/app/job/retention.ts'
import { silentLog } from '../../src/base/log.ts'
import { USUAL_DAYS } from '../../src/core/retention/terms.ts'
import { Metrics } from '../../src/infra/observe/metrics.ts'
import { openPlace } from './retention-house.ts'

// A process that removes what is old at a place, as of a time, and dies by SIGKILL in the midst of that, so many milliseconds after it has begun; 0: it does not.
const [place = '', nowMs = '0', killAfterMs = '0'] = process.argv.slice(2)
await using opened = openPlace(place)
if (killAfterMs !== '0') setTimeout(() => process.kill(process.pid, 'SIGKILL'), Number(killAfterMs))
await removeOld({ ...opened, clock: { nowMs: () => Number(nowMs) }, log: silentLog, metrics: new Metrics(), reports: { from: null, name: '', receive: [] }, keep: USUAL_DAYS }, new AbortController().signal)
