import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { claimInstallation, composeFoundation, type Foundation } from '#server/compose.ts'
import { resolveFallbacks } from '#server/commands/resolve-fallbacks.ts'
import { isUsable } from '#server/compose-providers.ts'
import type { Settings } from '#server/domain/settings.ts'
import type { AppDependencies } from '#server/http/app-dependencies.ts'
import { createApp } from '#server/http/app.ts'
import { KNOWN_VENDORS } from '#server/provider-settings.ts'
import { complain } from '#server/worker/complain.ts'
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
  void nameUnknownFallbacks(foundation, settings)
  const end = AbortSignal.any([stop, signalled])
  if (!end.aborted) await new Promise((resolve) => end.addEventListener('abort', resolve, { once: true }))
  await wait(RED_FIRST_MS, stop)
  setTimeout(() => app.server.closeAllConnections(), LAST_ANSWERS_MS)
  await app.close()
  return 0
}

function describeProviders(settings: Settings): AppDependencies['providers'] {
  const demo = settings.demo ? [{ id: 'demo', name: 'Demo', kind: 'demo', local: true, discovered: false }] : []
  const others = settings.providers.map(({ id, name, kind, local, configured, apiKey, baseUrl }) => ({
    id,
    name,
    kind,
    local,
    discovered: local && !configured,
    onDisk: kind === 'local-gguf',
    needsKey: !isUsable({ local, configured }),
    hasServerKey: apiKey !== undefined,
    ...namingOf(id, baseUrl),
  }))
  return [...demo, ...others]
}

/** What naming has to know of an instance beside its id. */
function namingOf(id: string, baseUrl: string): { keySetting?: string; takesAnyName: boolean } {
  const vendor = KNOWN_VENDORS.find((known) => known.id === id)
  const takesAnyName = vendor?.baseUrl !== baseUrl
  return vendor ? { keySetting: vendor.environment.apiKey, takesAnyName } : { takesAnyName }
}

/** They are no reason not to start: their provider may list them later. */
async function nameUnknownFallbacks({ store, logger }: Foundation, settings: Settings): Promise<void> {
  const { fallbackModels, allowUnlistedModels } = settings
  if (fallbackModels.length === 0) return
  try {
    const naming = {
      catalogue: await store.readCatalogue(),
      providers: describeProviders(settings),
      allowUnlistedModels,
    }
    const { unknown } = resolveFallbacks(fallbackModels, naming)
    if (unknown.length > 0)
      logger.warn({ models: unknown }, 'FALLBACK_MODELS names models that nobody has; they are passed over.')
  } catch (error) {
    complain(logger, error, 'fallback models could not be looked up')
  }
}

function announce(address: unknown, settings: Settings): void {
  const port =
    typeof address === 'object' && address !== null && 'port' in address ? String(address.port) : settings.port
  const host = settings.host === '127.0.0.1' || settings.host === '::1' ? 'localhost' : settings.host
  process.stdout.write(`Millrace is ready on http://${host}:${port}\n`)
}
