/** The face of the PROXY protocol, version 2, for others. */
export { type Endpoint, type ProxiedTls, type ProxyHeader, type ProxyRead, readProxyHeader } from './header.ts'
