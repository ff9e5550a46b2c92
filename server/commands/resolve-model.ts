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
  /** Its models are files of this machine: it is there when it lists one, or says why it cannot. */
  onDisk?: boolean
  /** The server has no key for it: only those can ask it who bring their own. */
  needsKey?: boolean
  /** The setting that would give it one. */
  keySetting?: string
  /** Not at its vendor's own address: there any name may be served, with another vendor's before the slash. */
  takesAnyName?: boolean
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
  /** Providers for which who asks has a key of their own. */
  ownKeys?: ReadonlySet<string>
  /** Those of them that they have asked at an address of their own, whose list nobody has read. */
  ownAddresses?: ReadonlySet<string>
}

interface Candidate {
  provider: KnownProvider
  model: string
}

/**
 * Finds whom a model name means: an exact catalogue id first, then a known provider before the slash, else the whole name
 * at the default OpenAI-compatible provider. A provider for which there is no key gives way to that one where it may be a
 * server that offers other vendors' models. Throws `unknown-model` when the list is known and lacks it, and
 * `no-provider-key` for whom nobody here can ask.
 */
export function resolveModel(requestedModel: string, naming: ModelNaming): ResolvedModel {
  const { catalogue, providers } = naming
  const named = providers.filter(({ id }) => requestedModel.startsWith(`${id}/`))
  const candidates: Candidate[] = named.map((provider) => ({
    provider,
    model: requestedModel.slice(provider.id.length + 1),
  }))
  const rest = providers.find(({ id }) => id === DEFAULT_PROVIDER)
  if (rest) candidates.push({ provider: rest, model: requestedModel })
  const open = candidates.filter(({ provider, model }) => model !== '' && canBeAsked(provider, naming))
  const listed = open.find(({ provider, model }) => isListed(catalogue.get(provider.id), model))
  const closed = named.find((provider) => requestedModel !== `${provider.id}/` && !canBeAsked(provider, naming))
  const meant = listed ?? open.find(({ provider }) => !closed || provider.takesAnyName)
  if (meant && (listed || mayBeThere(meant, naming))) {
    return { provider: meant.provider.id, model: meant.model, requestedModel }
  }
  if (closed) throw new RequestError('no-provider-key', noKeyWords(closed), { provider: closed.id })
  throw unknownModel(requestedModel, naming)
}

/** What has to be done before this provider can be asked. */
export function noKeyWords({ id, name, keySetting }: KnownProvider): string {
  const onServer = keySetting === undefined ? '' : `, or set ${keySetting} where the server is started`
  return `There is no key for ${name}. Enter your own (PUT /api/v1/keys/${id})${onServer}.`
}

function canBeAsked({ id, needsKey }: KnownProvider, { ownKeys }: ModelNaming): boolean {
  return !needsKey || (ownKeys?.has(id) ?? false)
}

function mayBeThere({ provider: { id } }: Candidate, naming: ModelNaming): boolean {
  const { catalogue, allowUnlistedModels, ownAddresses } = naming
  return allowUnlistedModels || ownAddresses?.has(id) || !isListKnown(catalogue.get(id))
}

function isListed(entry: CatalogueEntry | undefined, model: string): boolean {
  return entry?.models.some(({ id }) => id === model) ?? false
}

/** A list that was never fetched proves nothing about a model. */
function isListKnown(entry: CatalogueEntry | undefined): boolean {
  return entry !== undefined && (entry.status === 'up' || entry.models.length > 0)
}

function offeredBy(entry: CatalogueEntry | undefined): string[] {
  return (entry?.models ?? []).filter(({ hidden }) => !hidden).map(({ id }) => id)
}

function unknownModel(requestedModel: string, { catalogue, providers }: ModelNaming): RequestError {
  const known = providers.flatMap(({ id }) => offeredBy(catalogue.get(id)).map((model) => `${id}/${model}`))
  const near = nearestNames(requestedModel, known, 5)
  const offer = near.length > 0 ? ` Did you mean ${near.join(', ')}?` : ' No provider has listed any model yet.'
  const shown = requestedModel.length > 200 ? `${requestedModel.slice(0, 200)}…` : requestedModel
  return new RequestError('unknown-model', `There is no model "${shown}".${offer}`, { model: shown })
}
