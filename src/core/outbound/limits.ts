/** MX hosts looked at; more are left out. deliverability §2.3. */
export const MAX_HOSTS = 20

/** Addresses of one host tried. */
export const MAX_ADDRESSES = 8

/** Connections tried for one transaction. */
export const MAX_TRIES = 10

/** Time for one transaction, all its tries together; the content and its reply may take longer. */
export const TRY_WITHIN_MS = 5 * 60_000

/** A TCP connection. */
export const CONNECT_WITHIN_MS = 30_000

/** Recipients of one transaction. RFC 5321 §4.5.3.1.8: every server takes 100. */
export const MAX_RECIPIENTS = 100

/** Whose end of data was never answered is not asked again before that. deliverability §2.5. */
export const AMBIGUOUS_WAIT_MS = 10 * 60_000

/** A name that does not exist has to do so twice, that far apart, before mail for it is returned: registrars err. */
export const NXDOMAIN_CONFIRM_MS = 30 * 60_000

/** Hosts that all greet with 5yz may be in trouble rather than closed: so long they are tried again. */
export const UNWELCOME_MS = 24 * 3_600_000

/** Characters kept of a server's reply. */
export const MAX_ANSWER_CHARS = 2_000

/** For how long MX records may lead to ourselves: whoever set them up wrongly has a day to see it. deliverability §2.6. */
export const LOOP_CONFIRM_MS = 24 * 3_600_000

/** Messages whose signatures or seals are kept, each of them some KiB: a message to many domains is signed once. */
export const MAX_KEPT = 500

/** How long a sender's leases hold, on its sites and on what it has taken. They are renewed three times in that. */
export const SENDER_LEASE_MS = 30_000
