import type { GenerationError } from '#protocol/provider-error.ts'
import { noKeyWords } from '#server/commands/resolve-model.ts'
import type { ProviderSettings } from '#server/domain/settings.ts'
import { ProviderFailure, type Provider } from '#server/ports/provider.ts'
import { KNOWN_VENDORS } from './provider-settings.ts'

/**
 * A vendor for which the server has no key: users ask it with their own, whoever has none is told where a key goes. Its
 * adapter is loaded when it is asked first.
 */
export function createKeylessProvider(settings: ProviderSettings, open: () => Promise<Provider>): Provider {
  const error = noKey(settings)
  let opened: Promise<Provider> | undefined
  return {
    id: settings.id,
    kind: settings.kind,
    local: settings.local,
    needsKey: true,
    async *stream(request, signal) {
      if (!request.credentials) yield [{ type: 'error', error }]
      else yield* (await (opened ??= open())).stream(request, signal)
    },
    models: () => Promise.reject(new ProviderFailure(error)),
  }
}

function noKey(settings: ProviderSettings): GenerationError {
  const keySetting = KNOWN_VENDORS.find(({ id }) => id === settings.id)?.environment.apiKey
  const message = noKeyWords(keySetting === undefined ? settings : { ...settings, keySetting })
  return { kind: 'auth', message, retryable: false }
}
