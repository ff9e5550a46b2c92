import { RequestError } from '#server/domain/errors.ts'
import { isSameModel, type ModelChoice } from '#server/domain/generation.ts'
import { resolveModel, type ModelNaming } from './resolve-model.ts'

/** Whom the names of the fallback chain mean, each model once, and which of them mean nobody. */
export function resolveFallbacks(
  names: readonly string[],
  naming: ModelNaming,
): { chain: ModelChoice[]; unknown: string[] } {
  const chain: ModelChoice[] = []
  const unknown: string[] = []
  for (const name of names) {
    const meant = tryToResolve(name, naming)
    if (!meant) unknown.push(name)
    else if (!chain.some((earlier) => isSameModel(earlier, meant))) chain.push(meant)
  }
  return { chain, unknown }
}

function tryToResolve(name: string, naming: ModelNaming): ModelChoice | undefined {
  try {
    const { provider, model } = resolveModel(name, naming)
    return { provider, model }
  } catch (error) {
    if (error instanceof RequestError) return undefined
    throw error
  }
}
