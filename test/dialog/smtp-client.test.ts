import { readdirSync, readFileSync } from 'node:fs'
import test from 'node:test'
import { playClientDialog } from '../support/client-dialog.ts'

const FOLDER = new URL('./smtp-client/', import.meta.url)

for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.dialog'))) {
  test(`the SMTP client holds the dialog ${name}`, async () => {
    await playClientDialog(readFileSync(new URL(name, FOLDER), 'utf8'))
  })
}
