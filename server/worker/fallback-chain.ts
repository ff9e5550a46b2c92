import type { Answer } from '#protocol/messages.ts'
import type { GenerationError } from '#protocol/provider-error.ts'
import { isStorageFailure } from '#server/domain/errors.ts'
import { isSameModel, type GenerationRequest, type ModelChoice } from '#server/domain/generation.ts'
import type { Job } from '#server/ports/job-queue.ts'
import type { Provider, ProviderRequest } from '#server/ports/provider.ts'
import type { CircuitBreakers } from './circuit-breaker.ts'
import { contextOverflow } from './context-overflow.ts'
import type { ModelFacts } from './model-facts.ts'
import { prepareRequest, type RequestDependencies } from './prepare-request.ts'
import { allowsFallback } from './retry-policy.ts'

interface ChainDependencies extends RequestDependencies {
  providers: ReadonlyMap<string, Provider>
  facts: ModelFacts
  breakers: CircuitBreakers
}

/** Whom a request asks: at place 0 the model that was asked for, then its fallbacks. */
export function modelAt({ provider, model, fallbacks = [] }: GenerationRequest, place: number): ModelChoice {
  return fallbacks[place - 1] ?? { provider, model }
}

/** How far down the chain an answer has come, as its log tells. */
export function placeOf({ fallbacks = [] }: GenerationRequest, { provider, model, switchedFrom }: Answer): number {
  if (!switchedFrom || provider === undefined || model === undefined) return 0
  return fallbacks.findIndex((fallback) => isSameModel(fallback, { provider, model })) + 1
}

/** What the model at this place is asked with. */
export async function requestTo(
  deps: RequestDependencies,
  job: Job,
  place: number,
  resume?: ProviderRequest['resume'],
): Promise<ProviderRequest> {
  return await prepareRequest({ ...job, request: { ...job.request, ...modelAt(job.request, place) } }, resume, deps)
}

/** The next place after this one that can do better after such an error; those that certainly cannot are passed over. */
export async function findFallback(
  deps: ChainDependencies,
  job: Job,
  from: number,
  error: GenerationError,
): Promise<number | undefined> {
  if (!allowsFallback(error.kind)) return undefined
  const last = job.request.fallbacks?.length ?? 0
  for (let place = from + 1; place <= last; place++)
    if (await canAnswer(deps, job, { from, place, error }).catch(notThatOne)) return place
  return undefined
}

/** Its key cannot be read, say. The one that failed is the one to speak of. */
function notThatOne(error: unknown): false {
  if (isStorageFailure(error)) throw error
  return false
}

async function canAnswer(
  deps: ChainDependencies,
  job: Job,
  { from, place, error }: { from: number; place: number; error: GenerationError },
): Promise<boolean> {
  const { providers, facts, breakers } = deps
  const candidate = modelAt(job.request, place)
  const provider = providers.get(candidate.provider)
  if (!provider) return false
  const request = await requestTo(deps, job, place)
  const { credentials } = request
  if (provider.needsKey && !credentials) return false
  if (breakers.isOpen(credentials ? { ...candidate, credentials } : candidate)) return false
  if (contextOverflow(request)) return false
  if (error.kind !== 'context-length') return true
  const [failed, known] = await Promise.all([facts.of(modelAt(job.request, from)), facts.of(candidate)])
  return !failed?.contextLength || !known?.contextLength || known.contextLength > failed.contextLength
}
