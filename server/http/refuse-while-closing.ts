import { RequestError } from '#server/domain/errors.ts'
import type { App } from './app-dependencies.ts'

/**
 * Refuses what still arrives on open connections once the server closes, so that its sender tries again instead of taking
 * it for sent. Whether the process lives is answered to the end.
 */
export function refuseWhileClosing(app: App): void {
  let closing = false
  app.addHook('preClose', (done) => {
    closing = true
    done()
  })
  app.addHook('onRequest', (request, _reply, done) => {
    if (!closing || request.url === '/health' || request.url === '/api/v1/health/live') return done()
    done(
      new RequestError('unavailable', 'The server is shutting down. Try again in a moment.', { retryAfterSeconds: 1 }),
    )
  })
}
