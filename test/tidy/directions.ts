import { placeOf, short } from './source.ts'
import type { Source } from './source.ts'

/** Who may import whom. The whole architecture, in five lines. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: ['base'],
  proto: ['base', 'proto'],
  infra: ['base', 'infra'],
  core: ['base', 'proto', 'core'], // Plus infra, at its edge only.
  app: ['base', 'proto', 'infra', 'core', 'app'],
}

/** A core folder may import only those before it, so there can be no cycle. A new one is one line here and a sentence in ARCHITECTURE.md. */
const CORE: readonly string[] = [
  'event', 'organization', 'access', 'audit', 'account', 'domain', 'certificate', 'route', 'mailbox', 'suppression', 'consent', 'pool', 'track', 'queue', 'bounce', 'outbound',
  'filter', 'sieve', 'local', 'inbound', 'template', 'send', 'signup', 'webhook', 'stats', 'retention', 'standing', 'list', 'campaign', 'verify', 'report', 'compliance', 'alert', 'archive', 'subject',
]

/** The edge of core: the files that may know what the machine offers. */
const EDGE = /^(sql(-[a-z0-9-]+)?|api|remote)\.ts$/

/** Packages that only one place may know, so that they can be replaced there. */
const HOME_OF: Readonly<Record<string, string>> = { 'node:sqlite': 'src/infra/db/sqlite', pg: 'src/infra' }

/** What in this file looks the wrong way. Tests may look anywhere. */
export function wrongDirections(source: Source): readonly string[] {
  if (source.isTest) return []
  const here = placeOf(source.path)
  if (here === null) return []
  if (here.layer === 'core' && !CORE.includes(here.folder)) return [`${short(source.path)}: ${here.folder || 'a file without a folder'} is not in the order of core`]
  return source.imports.flatMap(({ specifier, target, line }) => {
    const fault = target === null ? wrongPackage(source.path, specifier) : wrongFile(source.path, target)
    return fault === null ? [] : [`${short(source.path)}:${line}: ${fault}`]
  })
}

function wrongPackage(path: string, specifier: string): string | null {
  const home = HOME_OF[specifier]
  if (home === undefined || path.startsWith(`${home}/`)) return null
  return `only ${home} may import ${specifier}`
}

function wrongFile(path: string, target: string): string | null {
  const here = placeOf(path)
  const there = placeOf(target)
  if (here === null) return null
  if (there === null) return `imports ${target}, which is not part of the program`
  if (target.endsWith('.test.ts')) return `imports a test, ${short(target)}`
  const isEdge = here.layer === 'core' && EDGE.test(here.name) && there.layer === 'infra'
  if (!isEdge && MAY_IMPORT[here.layer]?.includes(there.layer) !== true) return `${here.layer} may not import ${short(target)}`
  if (here.layer !== 'core' || there.layer !== 'core') return null
  const isLeft = CORE.indexOf(there.folder) <= CORE.indexOf(here.folder)
  return isLeft ? null : `core order: ${here.folder} stands before ${there.folder}, so it may not import ${short(target)}`
}
