/** The face of SASL (RFC 4422) for others: PLAIN, LOGIN, SCRAM-SHA-256 and -PLUS, the server's side. */
export { type Mechanism, offeredMechanisms, type SaslOptions, startSasl } from './mechanisms.ts'
export type { AuthAnswer, SaslAuthority, SaslExchange, SaslFailure, SaslTurn, ScramAnswer, ScramKeys, ScramSecrets } from './exchange.ts'
export { prepare } from './prepare.ts'
export { deriveScramKeys } from './scram-keys.ts'
