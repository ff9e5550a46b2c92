import { RequestError } from '#server/domain/errors.ts'
import type { CatalogueEntry } from '#server/ports/store.ts'
import { nearestNames } from './nearest-names.ts'

/** A provider instance as far as naming goes. */
export interface KnownProvider {
  id: string
  name: string
  local: boolean
  /** Nobody set it up: it is looked for on this machine, and is worth mentioning only while it is there. */
  discovered?: boolean
}

export interface ResolvedModel {
  provider: string
  /** The model's name at that provider. */
  model: string
  /** The name as it was asked for. */
  requestedModel: string
}

/** Gets the names that have no known provider before a slash. */
const DEFAULT_PROVIDER = 'openai'

export interface ModelNaming {
  catalogue: ReadonlyMap<string, CatalogueEntry>
  providers: readonly KnownProvider[]
  allowUnlistedModels: boolean
}

/**
 * Finds whom a model name means: an exact catalogue id first, then a known provider before the slash, else the whole name
 * at the default OpenAI-compatible provider. Throws `unknown-model` when the vendor's list is known and lacks it.
 */
export function resolveModel(requestedModel: string, naming: ModelNaming): ResolvedModel {
  const { catalogue, providers, allowUnlistedModels } = naming
  const candidates: ResolvedModel[] = []
  for (const { id: provider } of providers) {
    if (!requestedModel.startsWith(`${provider}/`)) continue
    candidates.push({ provider, model: requestedModel.slice(provider.length + 1), requestedModel })
  }
  if (providers.some(({ id }) => id === DEFAULT_PROVIDER)) {
    candidates.push({ provider: DEFAULT_PROVIDER, model: requestedModel, requestedModel })
  }
  const listed = candidates.find(({ provider, model }) => isListed(catalogue.get(provider), model))
  if (listed) return listed
  const meant = candidates.find(({ model }) => model !== '')
  if (meant && (allowUnlistedModels || !isListKnown(catalogue.get(meant.provider)))) return meant
  throw unknownModel(requestedModel, naming)
}

function isListed(entry: CatalogueEntry | undefined, model: string): boolean {
  return entry?.models.some(({ id }) => id === model) ?? false
}

/** A list that was never fetched proves nothing about a model. */
function isListKnown(entry: CatalogueEntry | undefined): boolean {
  return entry !== undefined && (entry.status === 'up' || entry.models.length > 0)
}

function unknownModel(requestedModel: string, { catalogue, providers }: ModelNaming): RequestError {
  const known = providers.flatMap(({ id }) => catalogue.get(id)?.models.map((model) => `${id}/${model.id}`) ?? [])
  const near = nearestNames(requestedModel, known, 5)
  const offer = near.length > 0 ? ` Did you mean ${near.join(', ')}?` : ' No provider has listed any model yet.'
  const shown = requestedModel.length > 200 ? `${requestedModel.slice(0, 200)}…` : requestedModel
  return new RequestError('unknown-model', `There is no model "${shown}".${offer}`, { model: shown })
}
