import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { App } from './app-dependencies.ts'

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Millrace: the page is not built</title>
<body style="font: 1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto; padding: 0 1rem">
<h1>The page is not built yet</h1>
<p>The server runs, but the folder with its page is missing. Run <code>npm run build</code> and start it again,
or use the API: it is listed at <a href="/api/docs">/api/docs</a>.</p>
`

/** Names of built assets hold a hash of their content, so they never change; everything else is asked for again. */
const IMMUTABLE = 'public, max-age=31536000, immutable'

/** Serves the built page: `/` and every conversation's address are the same document. */
export async function servePage(app: App, webRoot: string | undefined): Promise<void> {
  const schema = { hide: true }
  if (webRoot === undefined || !existsSync(join(webRoot, 'index.html'))) {
    for (const url of ['/', '/c/*']) {
      app.get(url, { schema }, (_request, reply) => reply.code(503).type('text/html; charset=utf-8').send(NOT_BUILT))
    }
    return
  }
  // Loaded only when there is a page to serve: it is the slowest import of all.
  const { fastifyStatic } = await import('@fastify/static')
  const assets = join(webRoot, 'assets')
  await app.register(fastifyStatic, {
    root: webRoot,
    cacheControl: false,
    index: false,
    setHeaders: (reply, path) => {
      void reply.header('cache-control', path.startsWith(assets) ? IMMUTABLE : 'no-cache')
    },
  })
  for (const url of ['/', '/c/*']) app.get(url, { schema }, (_request, reply) => reply.sendFile('index.html'))
}
