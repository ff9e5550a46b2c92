import type { ProviderSettings } from '#server/domain/settings.ts'
import { ProviderFailure, type Provider, type ProviderRequest } from '#server/ports/provider.ts'
import { Agent, type Dispatcher } from 'undici'
import type { PrivateBaseUrls } from './address-guard.ts'
import { createAnswerIterator, type AnswerDependencies } from './answer-stream.ts'
import { askJson } from './ask-json.ts'
import type { UpstreamLimits } from './exchange.ts'
import { createGuardedDispatcher } from './guarded-dispatcher.ts'
import { followAnswer } from './followed-answer.ts'
import { failure } from './provider-error.ts'
import { createRedact } from './redact.ts'
import type { Wire } from './wire.ts'

export interface WireProviderOptions {
  settings: ProviderSettings
  limits: UpstreamLimits
  /** Carries the requests; one of its own when absent. */
  dispatcher?: Dispatcher
  /** Where users may have their own keys sent; only to public addresses when absent. */
  privateBaseUrls?: PrivateBaseUrls
  /** Milliseconds UTC, for a `Retry-After` that is a date. */
  now?: () => number
}

/** An instance of a vendor that is reached over HTTP, whatever it speaks. */
export function createWireProvider(options: WireProviderOptions, wire: Wire): Provider {
  const { settings, limits, now = Date.now } = options
  const redact = createRedact(settings.apiKey)
  const dispatcher = options.dispatcher ?? createDispatcher(limits)
  const deps: AnswerDependencies = { wire, credentials: settings, limits, dispatcher, redact, now }
  let guarded: Dispatcher | undefined

  /** A user's own key takes the place of the server's; where it is for an address of its own, it alone is sent there. */
  function depsFor({ credentials: own }: ProviderRequest): AnswerDependencies {
    if (!own) return deps
    const credentials = { baseUrl: own.baseUrl ?? settings.baseUrl, apiKey: own.apiKey }
    const ownDeps = { ...deps, credentials, redact: createRedact(own.apiKey, settings.apiKey) }
    if (own.baseUrl === undefined) return ownDeps
    guarded ??= createGuardedDispatcher({ ...limits, allowed: options.privateBaseUrls ?? 'none' })
    return { ...ownDeps, dispatcher: guarded }
  }

  const answer = wire.followUp || wire.stop ? followAnswer : createAnswerIterator

  return {
    id: settings.id,
    kind: settings.kind,
    local: settings.local,
    stream: (request, signal) => ({
      [Symbol.asyncIterator]: () => answer(depsFor(request), request, signal),
    }),
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
