import { RequestError } from '#server/domain/errors.ts'
import { resolveModel, type ResolvedModel } from './resolve-model.ts'
import type { TurnDependencies } from './start-turn.ts'

/** Finds whom these names mean to this user. Throws `too-many-models`, `unknown-model` or `no-provider-key`. */
export async function resolveModels(
  { store, providers, settings }: Pick<TurnDependencies, 'store' | 'providers' | 'settings'>,
  userId: string,
  names: readonly string[],
): Promise<ResolvedModel[]> {
  const limit = settings.limits.maxModelsPerQuestion
  if (names.length > limit) {
    const detail = `${names.length} models were named; one question can go to at most ${limit}.`
    throw new RequestError('too-many-models', detail, { models: names.length, limit })
  }
  const { allowUnlistedModels } = settings
  const [catalogue, keys] = await Promise.all([store.readCatalogue(), store.listUserKeys(userId)])
  const ownKeys = new Set(keys.keys())
  const ownAddresses = new Set([...ownKeys].filter((id) => keys.get(id)?.baseUrl))
  const naming = { catalogue, providers, allowUnlistedModels, ownKeys, ownAddresses }
  return names.map((name) => resolveModel(name, naming))
}
