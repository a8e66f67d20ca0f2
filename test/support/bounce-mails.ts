/** Failure reports as mail systems write them, each by its own habits: for tests that read them. All are about `budi@pabrik.example` unless said. */

/** Whom the reports are about. */
export const BUDI = 'budi@pabrik.example'

const HEAD = 'To: b-token@mail.toko.example\nMIME-Version: 1.0\n'

/** A message in one part, as its sender wrote it. */
export function letter(from: string, subject: string, body: string, fields = ''): string {
  return `From: ${from}\n${HEAD}Subject: ${subject}\n${fields}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n${body}\n`
}

/** RFC 3464: words for people, fields for machines (one block for each recipient), and the header that came back. */
export function report(from: string, words: string, blocks: readonly string[], mta = 'Reporting-MTA: dns; mx.relay.example'): string {
  const returned = 'Message-ID: <x1@toko.example>\nSubject: Halo\nTo: budi@pabrik.example\n'
  const parts = [['text/plain; charset=us-ascii', words], ['message/delivery-status', `${mta}\n\n${blocks.join('\n\n')}`], ['text/rfc822-headers', returned]]
  const body = parts.map(([type, text]) => `--b1\nContent-Type: ${type}\n\n${text}\n`).join('\n')
  return `From: ${from}\n${HEAD}Subject: Undelivered Mail Returned to Sender\nContent-Type: multipart/report; report-type=delivery-status; boundary="b1"\n\n${body}--b1--\n`
}

/** Postfix: what a server `said: ...`, or what Postfix itself found, folded as it folds. */
export function postfix(status: string, found: string, action = 'failed'): string {
  const [, said] = found.split(/ said: (.*)/s)
  const folded = found.replace(/(.{60}\S*) /g, '$1\n    ')
  const words = `This is the mail system at host mx.relay.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.\n\n<${BUDI}>: ${folded}`
  const diagnostic = said === undefined ? `X-Postfix; ${found}` : `smtp; ${said}`
  const block = `Final-Recipient: rfc822; ${BUDI}\nOriginal-Recipient: rfc822;${BUDI}\nAction: ${action}\nStatus: ${status}\nRemote-MTA: dns; mx.pabrik.example\nDiagnostic-Code: ${diagnostic.replace(/(.{60}\S*) /g, '$1\n    ')}`
  return report('MAILER-DAEMON@mx.relay.example (Mail Delivery System)', words, [block], 'Reporting-MTA: dns; mx.relay.example\nX-Postfix-Queue-ID: 4Xyz12')
}

/** Sendmail, with its transcript. */
export function sendmail(status: string, reason: string, action = 'failed'): string {
  const words = `The original message was received at Thu, 26 Nov 2026 10:00:00 +0700\nfrom out.toko.example [198.51.100.4]\n\n   ----- The following addresses had ${action === 'failed' ? 'permanent fatal errors' : 'transient non-fatal errors'} -----\n<${BUDI}>\n    (reason: ${reason})\n\n   ----- Transcript of session follows -----\n... while talking to mx.pabrik.example.:\n<<< ${reason}`
  const block = `Final-Recipient: RFC822; ${BUDI}\nAction: ${action}\nStatus: ${status}\nRemote-MTA: DNS; mx.pabrik.example\nDiagnostic-Code: SMTP; ${reason}`
  return report('Mail Delivery Subsystem <MAILER-DAEMON@mail.relay.example>', words, [block], 'Reporting-MTA: dns; mail.relay.example\nReceived-From-MTA: DNS; out.toko.example')
}

/** Exchange in the cloud. */
export function microsoft(status: string, reply: string): string {
  const words = `Delivery has failed to these recipients or groups:\n\n${BUDI}<mailto:${BUDI}>\nYour message couldn't be delivered.\n\nDiagnostic information for administrators:\n\nGenerating server: sg2.exchange.example\n\n${BUDI}\nRemote server returned '${reply}'`
  const block = `Final-Recipient: rfc822;${BUDI}\nAction: failed\nStatus: ${status}\nDiagnostic-Code: smtp;${reply}\nX-Display-Name: Budi`
  return report('Microsoft Outlook <MicrosoftExchange329e71ec@pabrik.example>', words, [block], 'Reporting-MTA: dns;sg2.exchange.example\nReceived-From-MTA: dns;out.toko.example')
}

/** Domino, whose diagnoses are its own. */
export function domino(status: string, why: string): string {
  const block = `Final-Recipient: rfc822;${BUDI}\nAction: failed\nStatus: ${status}\nDiagnostic-Code: X-Notes; ${why}`
  return report('Postmaster@pabrik.example', `Your message\n\n  Subject: Halo\n\nwas not delivered to:\n\n  ${BUDI}\n\nbecause:\n\n  ${why}\n`, [block], 'Reporting-MTA: dns;notes.pabrik.example [192.0.2.80]')
}

const COPY = `Return-Path: <b-token@mail.toko.example>\nReceived: from out.toko.example by mail.relay.example\nFrom: toko@toko.example\nTo: ${BUDI}\nSubject: promo 550 ribu\n\nharga 550 ribu`

/** Exim before it had fields for machines. */
export function exim(found: string): string {
  const words = `This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  ${BUDI}\n    ${found.replaceAll('\n', '\n    ')}\n\n------ This is a copy of the message, including all the headers. ------\n\n${COPY}`
  return letter('Mail Delivery System <Mailer-Daemon@mail.relay.example>', 'Mail delivery failed: returning message to sender', words, `X-Failed-Recipients: ${BUDI}\nAuto-Submitted: auto-replied\n`)
}

/** qmail, which knows no fields at all. */
export function qmail(found: string): string {
  const words = `Hi. This is the qmail-send program at surat.relay.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<${BUDI}>:\n${found}\n\n--- Below this line is a copy of the message.\n\n${COPY}`
  return letter('MAILER-DAEMON@surat.relay.example', 'failure notice', words)
}

/** OpenSMTPD. */
export function opensmtpd(found: string): string {
  const words = `    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\n    An error has occurred while attempting to deliver a message for\n    the following list of recipients:\n\n${BUDI}: ${found}\n\n    Below is a copy of the original message:\n\n${COPY}`
  return letter('Mailer Daemon <MAILER-DAEMON@bsd.relay.example>', 'Delivery status notification: error', words, 'Auto-Submitted: auto-replied\n')
}
