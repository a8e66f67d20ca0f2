import type { MiddlewareHandler } from 'hono'
import type { Api, ApiEnv } from './api.ts'
import { Problem } from './problem.ts'

/** Answers what is asked of no route: 405 with what is allowed where a path is known (RFC 9110 §15.5.6), and OPTIONS, which needs no key: the description of the API tells the same. */
export interface Allowing {
  readonly options: MiddlewareHandler<ApiEnv>
  readonly problem: (method: string, path: string) => Problem
}

/** The methods of a path, out of what the API describes. */
export function allowing(api: () => Api, plain: ReadonlySet<string>): Allowing {
  let known: readonly Template[] | null = null // Made when somebody asks for what is not there.
  const allowed = (path: string): readonly string[] => {
    known ??= templatesOf(api(), plain)
    const segments = path.split('/')
    const methods = new Set(known.filter((template) => fits(template, segments)).map(({ method }) => method))
    if (methods.size === 0) return []
    if (methods.has('GET')) methods.add('HEAD')
    return [...methods.add('OPTIONS')].toSorted()
  }
  return {
    async options(context, next) {
      const methods = context.req.method === 'OPTIONS' ? allowed(context.req.path) : []
      return methods.length === 0 ? await next() : new Response(null, { status: 204, headers: { allow: methods.join(', ') } })
    },
    problem(method, path) {
      const methods = allowed(path)
      if (methods.length === 0) return new Problem(404, 'not_found', `There is no ${method} ${path}: GET /v1/openapi.json lists what there is`)
      return new Problem(405, 'method_not_allowed', `${path} takes ${methods.join(', ')}, and no ${method}`, { headers: { allow: methods.join(', ') } })
    },
  }
}

interface Template {
  readonly method: string
  /** Null for a segment that may be anything. */
  readonly segments: readonly (string | null)[]
}

function templatesOf(api: Api, plain: ReadonlySet<string>): readonly Template[] {
  const described = api.openAPIRegistry.definitions.flatMap((definition) => (definition.type === 'route' ? [`${definition.route.method.toUpperCase()} ${definition.route.path}`] : []))
  return [...described, ...plain].map((route) => {
    const space = route.indexOf(' ')
    return { method: route.slice(0, space), segments: route.slice(space + 1).split('/').map((segment) => (segment.startsWith('{') || segment.startsWith(':') ? null : segment)) }
  })
}

function fits({ segments }: Template, asked: readonly string[]): boolean {
  return segments.length === asked.length && segments.every((segment, at) => (segment === null ? asked[at] !== '' : segment === asked[at]))
}
