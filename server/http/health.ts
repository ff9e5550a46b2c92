import { Health } from '#protocol/api/server.ts'
import { RequestError } from '#server/domain/errors.ts'
import type { App, RouteDependencies } from './app-dependencies.ts'
import { problems } from './route-schema.ts'

/** Asked by supervisors and load balancers, often and unthrottled. */
export function healthRoutes(app: App, { isReady, probeStorage }: RouteDependencies): void {
  const config = { rateLimit: false } as const
  const tags = ['operations']
  const alive = { tags, summary: 'The process answers', response: { 200: Health } }
  const ready = { tags, summary: 'The server can take requests', response: { 200: Health, ...problems(503) } }

  app.get('/health', { config, schema: alive }, () => ({ status: 'ok' as const }))
  app.get('/api/v1/health/live', { config, schema: alive }, () => ({ status: 'ok' as const }))
  app.get('/api/v1/health/ready', { config, schema: ready }, async () => {
    if (!isReady()) {
      throw new RequestError('unavailable', 'The server is starting or shutting down.', { retryAfterSeconds: 1 })
    }
    await probeStorage()
    return { status: 'ok' as const }
  })
}
