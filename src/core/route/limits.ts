/** Addresses that one alias leads to over HTTP. Above this it is a list, which people can leave. */
export const MAX_ALIAS_TARGETS = 100

/** Recipients of a relay domain changed in one request, which is one write. */
export const MAX_RELAY_RECIPIENTS_AT_ONCE = 200
