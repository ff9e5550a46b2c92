import { RequestError } from '#server/domain/errors.ts'
import { resolveModel, type ResolvedModel } from './resolve-model.ts'
import type { TurnDependencies } from './start-turn.ts'

/** Finds whom these names mean. Throws `too-many-models` or `unknown-model`. */
export async function resolveModels(
  { store, providers, settings }: Pick<TurnDependencies, 'store' | 'providers' | 'settings'>,
  names: readonly string[],
): Promise<ResolvedModel[]> {
  const limit = settings.limits.maxModelsPerQuestion
  if (names.length > limit) {
    const detail = `${names.length} models were named; one question can go to at most ${limit}.`
    throw new RequestError('too-many-models', detail, { models: names.length, limit })
  }
  const { allowUnlistedModels } = settings
  const naming = { catalogue: await store.readCatalogue(), providers, allowUnlistedModels }
  return names.map((name) => resolveModel(name, naming))
}
