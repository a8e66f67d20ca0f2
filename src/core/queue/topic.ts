/** Where it is told that a domain has something to send: `{ lane }`. */
export const QUEUE_TOPIC = 'queue'
