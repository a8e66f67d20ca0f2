/** Paths of Resend's API that have another name here: its clients need only another address. */
const OTHER_NAMES: readonly (readonly [theirs: RegExp, ours: string])[] = [
  [/^\/v1\/api-keys(?=\/|$)/, '/v1/api_keys'],
  [/^\/v1\/webhooks\/([^/]+)\/signing-secret\/rotate$/, '/v1/webhooks/$1/rotate'],
  [/^\/v1\/webhooks\/([^/]+)\/events(?=\/|$)/, '/v1/webhooks/$1/deliveries'],
  [/^\/v1\/suppressions\/batch\/add$/, '/v1/suppressions/import'],
  [/^\/v1\/suppressions\/batch\/remove$/, '/v1/suppressions/remove'],
]

/** What its clients ask for and is not here, or is done another way. */
const NOT_HERE: readonly (readonly [theirs: RegExp, why: string])[] = [
  [/^\/v1\/emails\/receiving(?=\/|$)/, 'Mail that comes in is not listed under /v1/emails: mailboxes keep it, and a route leads it to a webhook (POST /v1/routes)'],
  [/^\/v1\/emails\/metrics$/, 'What became of mail is counted under GET /v1/stats'],
  [/^\/v1\/emails\/[^/]+\/share$/, 'Messages have no public address: GET /v1/emails/{id}/raw gives the bytes to whoever has a key'],
  [/^\/v1\/domains\/(?:claim|[^/]+\/claim)(?=\/|$)/, 'Every domain is claimed: POST /v1/domains begins it, and POST /v1/domains/{id}/verify looks for the record'],
  [/^\/v1\/(?:contacts|audiences|segments|contact-properties|broadcasts|automations)(?=\/|$)/, 'There are no lists of contacts and no campaigns here yet: send to many with POST /v1/emails/batch in the stream "broadcast"'],
  [/^\/v1\/topics(?=\/|$)/, 'What readers choose among are streams with names: PUT /v1/streams/broadcast.NAME'],
  [/^\/v1\/events(?=\/|$)/, 'There are no events of your own here: what happens to mail is told to webhooks (POST /v1/webhooks)'],
  [/^\/v1\/inboxes(?=\/|$)/, 'Mailboxes are read over IMAP and POP3: POST /v1/accounts makes one'],
  [/^\/v1\/logs(?=\/|$)/, 'What was changed is under GET /v1/audit_log, and what happened to a message under GET /v1/trace'],
  [/^\/v1\/oauth(?=\/|$)/, 'No other program is let in by OAuth: GET /v1/api_keys lists what is'],
]

/** The path that is meant. */
export function pathMeant(path: string): string {
  const found = OTHER_NAMES.find(([theirs]) => theirs.test(path))
  return found === undefined ? path : path.replace(...found)
}

/** Why there is no such path, and what to do instead; null when nothing is known of it. */
export function notHere(path: string): string | null {
  return NOT_HERE.find(([theirs]) => theirs.test(path))?.[1] ?? null
}
