import fastify, { type FastifyInstance } from 'fastify'
import helmet from '@fastify/helmet'
import rateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { RequestError } from '#server/domain/errors.ts'
import { createHostCheck } from './allowed-hosts.ts'
import type { App, AppDependencies } from './app-dependencies.ts'
import { refuseClientError } from './client-error.ts'
import { conversationRoutes } from './conversations.ts'
import { feedRoutes } from './feed.ts'
import { FILES_URL, fileRoutes } from './files.ts'
import { generationRoutes } from './generations.ts'
import { healthRoutes } from './health.ts'
import { keyRoutes } from './keys.ts'
import { meRoutes } from './me.ts'
import { messageRoutes } from './messages.ts'
import { refuseOtherMethods } from './method-not-allowed.ts'
import { modelRoutes } from './models.ts'
import { documentApi } from './openapi.ts'
import { servePage } from './page.ts'
import { createErrorHandler } from './problems.ts'
import { providerRoutes } from './providers.ts'
import { queueRoutes } from './queue.ts'
import { refuseWhileClosing } from './refuse-while-closing.ts'
import { createRouteDependencies } from './route-dependencies.ts'
import { ZOD_COMPILERS } from './schema-compilers.ts'
import { SECURITY_HEADERS } from './security-headers.ts'

/** For a request to arrive, its body included; replies may take as long as they like. */
const REQUEST_TIMEOUT_MS = 60_000
const MAX_HEADER_BYTES = 64 * 1024

/** Builds the HTTP side of the server; it does not listen. Closing it cuts the streams that are open. */
export async function createApp(deps: AppDependencies): Promise<FastifyInstance> {
  const { settings, logger } = deps
  const { limits } = settings
  const handleError = createErrorHandler({ logger, maxBodyBytes: limits.maxBodyBytes })
  const app: App = fastify({
    // A resumed feed names each generation that it follows, in its address and in a header.
    http: { maxHeaderSize: MAX_HEADER_BYTES },
    bodyLimit: limits.maxBodyBytes,
    clientErrorHandler: refuseClientError,
    frameworkErrors: handleError,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Its own refusal is no problem document and does not say when to come back.
    return503OnClosing: false,
    schemaController: ZOD_COMPILERS,
  }).withTypeProvider<ZodTypeProvider>()
  app.setErrorHandler(handleError)
  readBodies(app)
  refuseWhileClosing(app)

  const checkHost = createHostCheck(settings)
  app.addHook('onRequest', (request, reply, done) => {
    if (request.url.startsWith('/api/')) void reply.header('cache-control', 'no-store')
    done(checkHost(request))
  })
  await app.register(helmet, SECURITY_HEADERS)
  await app.register(rateLimit, {
    max: limits.requestsPerMinute,
    timeWindow: '1 minute',
    // A socket that was reset while its request was read has no address any more.
    keyGenerator: (request) => normalizeIP(request.socket.remoteAddress ?? 'gone'),
    allowList: (request) => !request.url.startsWith('/api/'),
    errorResponseBuilder: (_request, { max, ttl }) => tooManyRequests(max, ttl),
  })
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request) => {
    throw new RequestError('not-found', `Nothing is at ${request.url.slice(0, 200)}. The API is listed at /api/docs.`)
  })

  await documentApi(app)
  const routeDeps = createRouteDependencies(deps)
  refuseOtherMethods(app, () => {
    healthRoutes(app, routeDeps)
    conversationRoutes(app, routeDeps)
    messageRoutes(app, routeDeps)
    queueRoutes(app, routeDeps)
    generationRoutes(app, routeDeps)
    modelRoutes(app, routeDeps)
    fileRoutes(app, routeDeps)
    providerRoutes(app, routeDeps)
    keyRoutes(app, routeDeps)
    feedRoutes(app, routeDeps)
    meRoutes(app, routeDeps)
  })
  await servePage(app, deps.webRoot)
  // Before the listening socket closes: an open stream would keep it from ever doing so.
  app.addHook('preClose', (done) => {
    routeDeps.attendance.close()
    routeDeps.openStreams.cutAll()
    done()
  })
  app.addHook('onClose', async () => {
    routeDeps.changeFeed.close()
    await routeDeps.tail.close()
  })
  await app.ready()
  return app as unknown as FastifyInstance
}

/** JSON bodies, and none at all where a route needs none, whatever the client's library declares; files as they are. */
function readBodies(app: App): void {
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.trim() === '') done(null, undefined)
    else void parseJson(request, body, done)
  })
  app.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (request, body, done) => {
    if (request.routeOptions.url === FILES_URL) return done(null, body)
    const detail = 'Send the body as JSON, with Content-Type: application/json.'
    done(new RequestError('unsupported-media-type', detail))
  })
}

function tooManyRequests(max: number, ttlMs: number): RequestError {
  const retryAfterSeconds = Math.ceil(ttlMs / 1_000)
  const detail = `More than ${max} requests in a minute. Try again in ${retryAfterSeconds} s.`
  return new RequestError('too-many-requests', detail, { limit: max, retryAfterSeconds })
}
