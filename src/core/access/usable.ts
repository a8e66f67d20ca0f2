import type { LoginRecord, MailProtocol } from './store.ts'

/** What somebody logs in by. */
export type LoginProtocol = MailProtocol | 'http'

/**
 * What of a login's credentials a protocol takes. Over HTTP that is the password, which a second factor may follow. Mail programs know no second factor: once there is one they need app
 * passwords, each for the protocols it was made for.
 */
export function usableWith(record: LoginRecord, protocol: LoginProtocol): LoginRecord {
  const isUsable = ({ kind, protocols }: LoginRecord['credentials'][number]): boolean => {
    if (kind === 'password') return protocol === 'http' || record.secondFactor === 'off'
    return protocol !== 'http' && (protocols === null || protocols.includes(protocol))
  }
  return { ...record, credentials: record.credentials.filter(isUsable) }
}
