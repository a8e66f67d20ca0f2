import { loadProviders } from '../provider.ts'
import type { Providers } from '../provider.ts'
import { ASIA } from './providers-asia.ts'
import { HOSTING } from './providers-hosting.ts'
import { INDONESIA } from './providers-indonesia.ts'
import { WEBMAIL } from './providers-webmail.ts'

/** Our own table of providers. A row that is wrong stops the program with a line that names it. */
export const PROVIDERS: Providers = loadProviders([...WEBMAIL, ...ASIA, ...HOSTING, ...INDONESIA])
