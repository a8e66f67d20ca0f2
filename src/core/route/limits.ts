/** Addresses that one alias leads to over HTTP. Above this it is a list, which people can leave. */
export const MAX_ALIAS_TARGETS = 100

/** Recipients of a relay domain changed in one request, which is one write. */
export const MAX_RELAY_RECIPIENTS_AT_ONCE = 200

/** Stars in the pattern of a route. Two are a ticket with a number in it. */
export const MAX_STARS = 4

/** Routes of one domain: all of them are looked through for each address that is not there. */
export const MAX_ROUTES_A_DOMAIN = 100
