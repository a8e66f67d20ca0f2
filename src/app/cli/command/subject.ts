import type { Command } from 'commander'
import { accountByLogin } from '../../../core/account/sql.ts'
import { newErasure, subjectOf } from '../../../core/subject/ask.ts'
import { askErasure } from '../../../core/subject/sql-erasure.ts'
import { heldAbout } from '../../../core/subject/sql-export.ts'
import { userName } from '../audited.ts'
import { finishErasure, sentenceOf } from '../erasing.ts'
import { ownerOf } from '../owner.ts'
import { complain, EXIT, say, sayOne } from '../say.ts'
import { sure } from '../sure.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface SubjectOptions extends ToolOptions {
  readonly organization?: string
  readonly yes?: boolean
}

/** `merpati subject`: what somebody may ask an organization to do with what it holds about them. */
export function addSubject(program: Command): void {
  const group = program.command('subject').description('give out, or erase, what an organization holds about an address')
  onOrganization(group.command('export <address>'))
    .description('print everything that is held about an address, a line of JSON for each thing')
    .action((given: string, options: SubjectOptions) =>
      withData(options, async (db) => {
        const owner = await ownerOf(db, options.organization)
        const subject = owner === null ? null : await subjectOf(given, async () => false)
        if (owner === null || subject === null) return
        if (!subject.ok) return complain(`${given} is no address`)
        for await (const held of heldAbout(db, owner.id, subject.value)) say(JSON.stringify(held))
      }),
    )
  onOrganization(group.command('erase <address>'))
    .description('erase what is held about an address; who was suppressed stays so, as a keyed hash')
    .option('--yes', 'do it')
    .action((given: string, options: SubjectOptions) =>
      withData(options, async (db, config) => {
        const owner = await ownerOf(db, options.organization)
        if (owner === null) return
        const subject = await subjectOf(given, async (login) => (await accountByLogin(db, login)) !== null)
        if (!subject.ok) return complain(subject.error === 'account' ? `${given} is an account here: "merpati account remove --erase" removes it, and erases this` : `${given} is no address`, EXIT.failed)
        if (!sure(options, `everything that ${owner.name} holds about ${subject.value} would be gone for good`)) return
        const nowMs = Date.now()
        const { auditId, ...fresh } = newErasure(nowMs)
        const audit = { id: auditId, actorKind: 'operator', actor: userName(), action: 'merpati subject erase' } as const
        const id = await db.write(askErasure, { organization: owner.id, ...fresh, address: subject.value, audit, nowMs })
        const done = await finishErasure(db, config, { organization: owner.id, id })
        sayOne({ id, state: done.state, changed: done.changed, hash: done.hash }, sentenceOf(done), options)
      }),
    )
}

function onOrganization(command: Command): Command {
  return onData(command).option('--organization <name>', 'whose data, when there are several')
}
