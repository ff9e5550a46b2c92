import type { ProviderSettings } from '#server/domain/settings.ts'
import { ProviderFailure, type Provider } from '#server/ports/provider.ts'
import { Agent, type Dispatcher } from 'undici'
import { createAnswerIterator, type AnswerDependencies } from './answer-stream.ts'
import { askJson } from './ask-json.ts'
import type { UpstreamLimits } from './exchange.ts'
import { failure } from './provider-error.ts'
import { createRedact } from './redact.ts'
import type { Wire } from './wire.ts'

export interface WireProviderOptions {
  settings: ProviderSettings
  limits: UpstreamLimits
  /** Carries the requests; one of its own when absent. */
  dispatcher?: Dispatcher
  /** Milliseconds UTC, for a `Retry-After` that is a date. */
  now?: () => number
}

/** An instance of a vendor that is reached over HTTP, whatever it speaks. */
export function createWireProvider(options: WireProviderOptions, wire: Wire): Provider {
  const { settings, limits, now = Date.now } = options
  const redact = createRedact(settings.apiKey)
  const dispatcher = options.dispatcher ?? createDispatcher(limits)
  const deps: AnswerDependencies = { wire, credentials: settings, limits, dispatcher, redact, now }
  return {
    id: settings.id,
    local: settings.local,
    stream: (request, signal) => ({ [Symbol.asyncIterator]: () => createAnswerIterator(deps, request, signal) }),
    async models(signal) {
      const models = await wire.listModels((request) => askJson(deps, request, signal), settings)
      if (models) return models
      throw new ProviderFailure(failure('bad-response', 'The server does not answer with a list of models.', redact))
    },
  }
}

/** HTTP/1.1 alone: there, closing a request closes its connection, and no vendor can overlook that. */
function createDispatcher(limits: UpstreamLimits): Dispatcher {
  return new Agent({ allowH2: false, connect: { timeout: limits.connectTimeoutMs } })
}
