import type { HTTPMethods } from 'fastify'
import { RequestError } from '#server/domain/errors.ts'
import type { App } from './app-dependencies.ts'

const METHODS: HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Registers the routes, and for each of their addresses a refusal of all the methods that it does not take. */
export function refuseOtherMethods(app: App, registerRoutes: () => void): void {
  const taken = new Map<string, Set<string>>()
  let collecting = true
  app.addHook('onRoute', ({ url, method }) => {
    if (!collecting) return
    const methods = taken.get(url) ?? new Set()
    for (const name of Array.isArray(method) ? method : [method]) methods.add(name)
    taken.set(url, methods)
  })
  registerRoutes()
  collecting = false
  for (const [url, methods] of taken) {
    const allow = [...methods].toSorted().join(', ')
    app.route({
      url,
      method: METHODS.filter((method) => !methods.has(method)),
      schema: { hide: true },
      // Before the body is read: a wrong method matters more than a wrong body.
      onRequest: (request, reply, done) => {
        void reply.header('allow', allow)
        done(new RequestError('method-not-allowed', `${request.method} is not taken here, only ${allow}.`, { allow }))
      },
      handler: () => undefined,
    })
  }
}
