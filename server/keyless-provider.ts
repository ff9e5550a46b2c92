import type { GenerationError } from '#protocol/provider-error.ts'
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

function noKey({ id, name }: ProviderSettings): GenerationError {
  const setting = KNOWN_VENDORS.find((vendor) => vendor.id === id)?.environment.apiKey
  const onServer = setting === undefined ? '' : `, or set ${setting} where the server is started`
  const message = `There is no key for ${name}. Enter your own (PUT /api/v1/keys/${id})${onServer}.`
  return { kind: 'auth', message, retryable: false }
}
