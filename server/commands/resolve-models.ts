import { RequestError } from '#server/domain/errors.ts'
import { resolveModel, type ModelNaming, type ResolvedModel } from './resolve-model.ts'
import type { TurnDependencies } from './start-turn.ts'

type NamingDependencies = Pick<TurnDependencies, 'store' | 'providers' | 'settings'>

/** Finds whom these names mean to this user. Throws `too-many-models`, `unknown-model` or `no-provider-key`. */
export async function resolveModels(
  deps: NamingDependencies,
  userId: string,
  names: readonly string[],
): Promise<ResolvedModel[]> {
  const limit = deps.settings.limits.maxModelsPerQuestion
  if (names.length > limit) {
    const detail = `${names.length} models were named; one question can go to at most ${limit}.`
    throw new RequestError('too-many-models', detail, { models: names.length, limit })
  }
  const naming = await readNaming(deps, userId)
  return names.map((name) => resolveModel(name, naming))
}

/** What names of models mean to this user at this moment. */
export async function readNaming(
  { store, providers, settings: { allowUnlistedModels } }: NamingDependencies,
  userId: string,
): Promise<ModelNaming> {
  const [catalogue, keys] = await Promise.all([store.readCatalogue(), store.listUserKeys(userId)])
  const ownKeys = new Set(keys.keys())
  const ownAddresses = new Set([...ownKeys].filter((id) => keys.get(id)?.baseUrl))
  return { catalogue, providers, allowUnlistedModels, ownKeys, ownAddresses }
}
