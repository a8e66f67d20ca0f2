import { DECEPTIVE } from '../../core/access/identity.ts'
import type { AccountRefusal } from '../../core/mailbox/sql-new-account.ts'

/** Says why no account was made, and what to do. */
export function sayRefusal(why: AccountRefusal, address: string): string {
  const domain = address.slice(address.lastIndexOf('@') + 1)
  switch (why) {
    case 'no-address':
      return `${address} is no address of a domain`
    case 'deceptive':
      return `${address} ${DECEPTIVE}`
    case 'no-domain':
      return `we do not receive for ${domain}: "merpati domain add ${domain}" first`
    case 'taken':
      return `${address} is taken`
    case 'over-plan':
      return 'the plan of the organization allows no more accounts: "merpati organization plan" shows it'
    case 'over-storage':
      return 'the plan of the organization has too little storage left for that quota: "merpati organization plan" shows it, --quota says less'
    case 'bad-password':
      return 'the password is empty or has characters that cannot be typed everywhere: nothing was made'
  }
}
