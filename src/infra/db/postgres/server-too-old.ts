/** Thrown when PostgreSQL is of a version that we do not know how to ask. The message says which is wanted. Here, because it needs no client. */
export class ServerTooOld extends Error {
  override readonly name = 'ServerTooOld'
}
