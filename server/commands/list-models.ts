import type { ModelList, ModelView, ProviderView } from '#protocol/api/models.ts'
import type { CatalogueEntry, Store } from '#server/ports/store.ts'
import type { KnownProvider } from './resolve-model.ts'

const DEMO_PROVIDER = 'demo'

/** What can be asked: the models that each provider listed last, and how the providers are. */
export async function listModels(deps: {
  store: Store
  providers: readonly KnownProvider[]
  defaultModel: string
}): Promise<ModelList> {
  const catalogue = await deps.store.readCatalogue()
  const shown = deps.providers.filter(({ id, discovered }) => !discovered || catalogue.get(id)?.status === 'up')
  return {
    models: shown.flatMap((provider) => toModelViews(provider, catalogue.get(provider.id))),
    providers: shown.map((provider) => toProviderView(provider, catalogue.get(provider.id))),
    default: deps.defaultModel,
  }
}

function toModelViews(provider: KnownProvider, entry: CatalogueEntry | undefined): ModelView[] {
  return (entry?.models ?? []).map((model) => ({
    id: `${provider.id}/${model.id}`,
    name: model.name ?? model.id,
    provider: provider.id,
    local: provider.local,
    demo: provider.id === DEMO_PROVIDER,
    contextLength: model.contextLength,
  }))
}

function toProviderView({ id, name, local }: KnownProvider, entry: CatalogueEntry | undefined): ProviderView {
  return { id, name, local, status: entry?.status ?? 'pending', error: entry?.error ?? null }
}
