import { randomInt } from 'node:crypto'
import { startDemo } from '../support/server.ts'
import { checkNothingLost } from './check.ts'
import { Load } from './load.ts'

/** The kill comes when so many more messages, at most, were accepted. Chance decides, so that it falls anywhere. */
const MAX_BEFORE_KILL = 400

/** 20 connections deliver; the process dies by SIGKILL, starts again, and all mail is looked for. */
export async function killProcess(rounds: number): Promise<void> {
  await using demo = await startDemo()
  const loads: Load[] = []
  for (let round = 0; round < rounds; round++) {
    const load = new Load(demo, `kill-${round}`)
    loads.push(load)
    await load.reach(randomInt(1, MAX_BEFORE_KILL))
    await demo.kill()
    await load.stop()
    await demo.restart()
    await checkNothingLost(demo, loads)
  }
}

/** The same for the writer thread alone: the process lives, connections stay, and delivery goes on by itself. */
export async function killWriter(rounds: number): Promise<void> {
  await using demo = await startDemo()
  const loads: Load[] = []
  for (let round = 0; round < rounds; round++) {
    const load = new Load(demo, `writer-${round}`)
    loads.push(load)
    await load.reach(randomInt(1, MAX_BEFORE_KILL))
    demo.child.kill('SIGUSR2')
    await load.reach(load.accepted.size + 50) // A new writer has taken over.
    await load.stop()
    await checkNothingLost(demo, loads)
  }
}
