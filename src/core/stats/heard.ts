/**
 * Providers that tell senders of complaints, message by message, once one has signed up (feedback loops, RFC 6449). Complaint rates are made of
 * mail to them only: from the others, Gmail among them, silence means nothing.
 */
export const COMPLAINTS_FROM: ReadonlySet<string> = new Set([
  'ms-consumer', 'yahoo', 'comcast', 'cox', 'fastmail', 'rackspace', 'zoho', 'orange', 'laposte', 'libero', 'seznam', 'mailru', 'yandex',
])
