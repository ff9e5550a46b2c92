import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { claimInstallation, composeFoundation } from '#server/compose.ts'
import { isUsable } from '#server/compose-providers.ts'
import type { Settings } from '#server/domain/settings.ts'
import { createApp } from '#server/http/app.ts'
import { wait } from '#server/worker/wait.ts'
import { LAST_ANSWERS_MS, RED_FIRST_MS } from './drain-time.ts'
import { describeListenFailure } from './listen-failure.ts'
import { listenForEnd, tellReady, tellSupervisor } from './supervisor-link.ts'

const webRoot = fileURLToPath(new URL('../../dist/web', import.meta.url))

/** Serves the API and the page until it is asked to end; unfinished streams are cut, so that their clients come back. */
export async function runApiRole(settings: Settings): Promise<number> {
  const { drain, stop, signalled } = listenForEnd()
  if (!process.send) (await claimInstallation(settings))?.release()
  await using foundation = await composeFoundation(settings, { name: `api-${process.pid}`, followsLog: true })
  const app = await createApp({
    ...foundation,
    settings,
    providers: describeProviders(settings),
    webRoot: existsSync(webRoot) ? webRoot : undefined,
    isReady: () => !drain.aborted,
  })
  try {
    await app.listen({ host: settings.host, port: settings.port })
  } catch (error) {
    process.stderr.write(`${describeListenFailure(error, settings)}\n`)
    await tellSupervisor({ kind: 'unusable' })
    await app.close()
    return 1
  }
  announce(app.server.address(), settings)
  tellReady()
  const end = AbortSignal.any([stop, signalled])
  if (!end.aborted) await new Promise((resolve) => end.addEventListener('abort', resolve, { once: true }))
  await wait(RED_FIRST_MS, stop)
  setTimeout(() => app.server.closeAllConnections(), LAST_ANSWERS_MS)
  await app.close()
  return 0
}

function describeProviders(settings: Settings): { id: string; name: string; local: boolean; discovered: boolean }[] {
  const demo = settings.demo ? [{ id: 'demo', name: 'Demo', local: true, discovered: false }] : []
  const others = settings.providers.filter(isUsable).map(({ id, name, local, configured }) => ({
    id,
    name,
    local,
    discovered: !configured,
  }))
  return [...demo, ...others]
}

function announce(address: unknown, settings: Settings): void {
  const port =
    typeof address === 'object' && address !== null && 'port' in address ? String(address.port) : settings.port
  const host = settings.host === '127.0.0.1' || settings.host === '::1' ? 'localhost' : settings.host
  process.stdout.write(`Millrace is ready on http://${host}:${port}\n`)
}
