/** Whether a connection failed because the certificate would not do: OpenSSL's words for a chain or a name. */
export function isUntrusted(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' && /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/.test(code)
}
