import { setTimeout as delay } from 'node:timers/promises'
import type { ModelList, ModelView, ProviderView } from '#protocol/api/models.ts'
import type { CatalogueEntry, Store } from '#server/ports/store.ts'
import { noKeyWords, type KnownProvider } from './resolve-model.ts'

const DEMO_PROVIDER = 'demo'
/** On the very first start the first worker may still be on its way to ask the providers. */
const FIRST_LIST_WAIT_MS = 5_000
const FIRST_LIST_POLL_MS = 50

/**
 * What can be asked: the models that each provider listed last, and how the providers are. Only while no provider at all
 * has been asked yet does it wait for the first of them, at most `firstListWaitMs`.
 */
export async function listModels(deps: {
  store: Pick<Store, 'readCatalogue'>
  providers: readonly KnownProvider[]
  defaultModel: string
  firstListWaitMs?: number
}): Promise<ModelList> {
  const catalogue = await readFirstCatalogue(deps)
  const shown = shownProviders(deps.providers, catalogue)
  return {
    models: shown.flatMap((provider) => (provider.needsKey ? [] : toModelViews(provider, catalogue.get(provider.id)))),
    providers: shown.map((provider) => toProviderView(provider, catalogue.get(provider.id))),
    default: deps.defaultModel,
  }
}

async function readFirstCatalogue(deps: Parameters<typeof listModels>[0]): Promise<Map<string, CatalogueEntry>> {
  const { store, providers, firstListWaitMs = FIRST_LIST_WAIT_MS } = deps
  const patienceUntil = performance.now() + firstListWaitMs
  for (;;) {
    const catalogue = await store.readCatalogue()
    const shown = shownProviders(providers, catalogue)
    const known =
      shown.every(({ id, needsKey }) => needsKey || isAsked(catalogue.get(id))) ||
      shown.some(({ id, needsKey }) => !needsKey && isAsked(catalogue.get(id)))
    if (known || performance.now() >= patienceUntil) return catalogue
    await delay(FIRST_LIST_POLL_MS)
  }
}

/** Somebody may just have set out to ask. */
function isAsked(entry: CatalogueEntry | undefined): boolean {
  return entry !== undefined && entry.status !== 'pending'
}

/** A provider that nobody set up, and was only looked for, is not mentioned while it is not there. */
function shownProviders(
  providers: readonly KnownProvider[],
  catalogue: ReadonlyMap<string, CatalogueEntry>,
): KnownProvider[] {
  return providers.filter((provider) => !provider.discovered || isThere(provider, catalogue.get(provider.id)))
}

/** Where files lie that cannot be used, that is worth saying; a server that is not running is nobody's concern. */
function isThere({ onDisk }: KnownProvider, entry: CatalogueEntry | undefined): boolean {
  if (!onDisk) return entry?.status === 'up'
  return entry?.status === 'down' || (entry?.models.length ?? 0) > 0
}

function toModelViews(provider: KnownProvider, entry: CatalogueEntry | undefined): ModelView[] {
  const offered = (entry?.models ?? []).filter(({ hidden }) => !hidden)
  return offered.map((model) => ({
    id: `${provider.id}/${model.id}`,
    name: model.name ?? model.id,
    provider: provider.id,
    local: provider.local,
    demo: provider.id === DEMO_PROVIDER,
    contextLength: model.contextLength,
    maxOutputTokens: model.maxOutputTokens ?? null,
    capabilities: model.capabilities ?? {},
    price: model.price ?? null,
  }))
}

function toProviderView(provider: KnownProvider, entry: CatalogueEntry | undefined): ProviderView {
  const { id, name, local, needsKey } = provider
  if (needsKey) return { id, name, local, status: 'no-key', error: noKeyWords(provider) }
  return { id, name, local, status: entry?.status ?? 'pending', error: entry?.error ?? null }
}
