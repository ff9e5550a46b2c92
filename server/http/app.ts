import fastify, { type FastifyInstance } from 'fastify'
import helmet from '@fastify/helmet'
import rateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { cancelUnattended } from '#server/commands/cancel-unattended.ts'
import { RequestError } from '#server/domain/errors.ts'
import { createAttendance } from '#server/subscribe/attendance.ts'
import { createLogTail } from '#server/subscribe/log-tail.ts'
import { createQueueWatch } from '#server/subscribe/queue-watch.ts'
import { waitForEnd as waitForEndOf } from '#server/subscribe/wait-for-end.ts'
import { createHostCheck } from './allowed-hosts.ts'
import type { App, AppDependencies, RouteDependencies } from './app-dependencies.ts'
import { refuseClientError } from './client-error.ts'
import { conversationRoutes } from './conversations.ts'
import { createEventStreams } from './event-streams.ts'
import { generationRoutes } from './generations.ts'
import { healthRoutes } from './health.ts'
import { meRoutes } from './me.ts'
import { messageRoutes } from './messages.ts'
import { refuseOtherMethods } from './method-not-allowed.ts'
import { modelRoutes } from './models.ts'
import { documentApi } from './openapi.ts'
import { servePage } from './page.ts'
import { createErrorHandler } from './problems.ts'
import { queueRoutes } from './queue.ts'
import { refuseWhileClosing } from './refuse-while-closing.ts'
import { ZOD_COMPILERS } from './schema-compilers.ts'
import { SECURITY_HEADERS } from './security-headers.ts'

/** For a request to arrive, its body included; replies may take as long as they like. */
const REQUEST_TIMEOUT_MS = 60_000

/** Builds the HTTP side of the server; it does not listen. Closing it cuts the streams that are open. */
export async function createApp(deps: AppDependencies): Promise<FastifyInstance> {
  const { settings, logger } = deps
  const { limits } = settings
  const handleError = createErrorHandler({ logger, maxBodyBytes: limits.maxBodyBytes })
  const app: App = fastify({
    bodyLimit: limits.maxBodyBytes,
    clientErrorHandler: refuseClientError,
    frameworkErrors: handleError,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Its own refusal is no problem document and does not say when to come back.
    return503OnClosing: false,
    schemaController: ZOD_COMPILERS,
  }).withTypeProvider<ZodTypeProvider>()
  app.setErrorHandler(handleError)
  readJsonOnly(app)
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
    meRoutes(app, routeDeps)
  })
  await servePage(app, deps.webRoot)
  // Before the listening socket closes: an open stream would keep it from ever doing so.
  app.addHook('preClose', (done) => {
    routeDeps.attendance.close()
    routeDeps.streams.cutAll()
    done()
  })
  app.addHook('onClose', () => routeDeps.tail.close())
  await app.ready()
  return app as unknown as FastifyInstance
}

function createRouteDependencies(deps: AppDependencies): RouteDependencies {
  const { log, queue, store, logger, settings } = deps
  const tail = createLogTail({ log, logger })
  const waitForEnd: RouteDependencies['waitForEnd'] = (...end) => waitForEndOf(tail, ...end)
  const attendance = createAttendance({
    graceMs: settings.limits.disconnectGraceMs,
    listExpected: () => store.listStopOnDisconnect(),
    stop: (generationId) => cancelUnattended({ ...deps, waitForEnd }, generationId),
    logger,
  })
  const streams = createEventStreams({
    tail,
    attendance,
    queueWatch: createQueueWatch({ queue, logger }),
    heartbeatMs: settings.limits.heartbeatMs,
    maxOpen: settings.limits.maxOpenStreams,
  })
  return { ...deps, tail, streams, attendance, waitForEnd }
}

/** JSON bodies, and none at all where a route needs none, whatever the client's library declares. */
function readJsonOnly(app: App): void {
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.trim() === '') done(null, undefined)
    else void parseJson(request, body, done)
  })
}

function tooManyRequests(max: number, ttlMs: number): RequestError {
  const retryAfterSeconds = Math.ceil(ttlMs / 1_000)
  const detail = `More than ${max} requests in a minute. Try again in ${retryAfterSeconds} s.`
  return new RequestError('too-many-requests', detail, { limit: max, retryAfterSeconds })
}
