import { knownModel, type KnownModel } from '#server/domain/known-models.ts'
import type { ModelOverride, ModelOverrides } from '#server/domain/model-override.ts'
import type { ModelRecord } from '#server/ports/store.ts'

/** Completes what a provider instance lists. */
export type DescribeModels = (provider: string, models: readonly ModelRecord[]) => ModelRecord[]

/**
 * Adds to each model what its vendor's list does not say: what is known here of the models at that address, and what the
 * operator's file says, which wins over everything. Models that only the file knows come last.
 */
export function createDescribeModels({
  providers,
  modelOverrides,
}: {
  providers: readonly { id: string; baseUrl: string; local: boolean }[]
  modelOverrides: ModelOverrides
}): DescribeModels {
  return (provider, models) => {
    const instance = providers.find(({ id }) => id === provider)
    const listed = models.map((model) => {
      // What runs at home costs nobody's dollars, and is what it is.
      const known = instance && !instance.local ? knownModel(instance.baseUrl, model.id) : undefined
      return overridden(completed(model, known), modelOverrides[`${provider}/${model.id}`])
    })
    const there = new Set(models.map(({ id }) => id))
    for (const [name, override] of Object.entries(modelOverrides)) {
      const id = name.startsWith(`${provider}/`) ? name.slice(provider.length + 1) : ''
      if (id !== '' && !there.has(id) && instance) {
        const bare = { id, name: null, contextLength: null }
        listed.push(overridden(completed(bare, knownModel(instance.baseUrl, id)), override))
      }
    }
    return listed
  }
}

/** What the vendor's own list says comes first: it says it now. */
function completed(model: ModelRecord, known: KnownModel | undefined): ModelRecord {
  if (!known) return model
  const whole: ModelRecord = { ...model, contextLength: model.contextLength ?? known.contextLength ?? null }
  const maxOutputTokens = model.maxOutputTokens ?? known.maxOutputTokens
  if (maxOutputTokens !== undefined) whole.maxOutputTokens = maxOutputTokens
  if (known.capabilities) whole.capabilities = { ...known.capabilities, ...model.capabilities }
  const price = model.price ?? known.price
  if (price) whole.price = price
  return whole
}

function overridden(model: ModelRecord, override: ModelOverride | undefined): ModelRecord {
  if (!override) return model
  const { price, capabilities, ...rest } = override
  const whole: ModelRecord = { ...model, ...rest }
  if (capabilities) whole.capabilities = { ...model.capabilities, ...capabilities }
  if (price) whole.price = price
  if (price === null) delete whole.price
  return whole
}
