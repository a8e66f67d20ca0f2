import type { Organization } from '../../core/organization/organization.ts'
import { organizationNamed, organizationsAfter } from '../../core/organization/sql.ts'
import type { Database } from '../../infra/db/database.ts'
import { complain, EXIT } from './say.ts'

/** The organization that was named, or the only one there is. Null after saying what is wrong. */
export async function ownerOf(db: Database, name: string | undefined): Promise<Organization | null> {
  if (name !== undefined) {
    const found = await organizationNamed(db, name)
    if (found === null) complain(`there is no organization named ${name}: "merpati organization list" shows them`, EXIT.failed)
    return found
  }
  const all = await organizationsAfter(db, '')
  const [only] = all
  if (all.length === 1 && only !== undefined) return only
  complain(all.length === 0 ? 'there is no organization yet: "merpati organization add" makes one' : 'there are several organizations: say which with --organization', EXIT.failed)
  return null
}
