import type { Clock } from '#server/ports/clock.ts'
import { ProviderFailure, type Provider } from '#server/ports/provider.ts'
import type { CatalogueEntry, Store } from '#server/ports/store.ts'

const TIMEOUT_MS = 10_000
const CATALOGUE_MAX_AGE_MS = { up: 5 * 60_000, down: 30_000 }

/**
 * Asks every provider whose entry is old for its models, all at once, and stores what they say. A provider that cannot be
 * reached keeps the models of its last good answer. Returns whether anything was stored.
 */
export async function refreshCatalogue(
  deps: { store: Store; providers: ReadonlyMap<string, Provider>; clock: Clock },
  signal: AbortSignal,
): Promise<boolean> {
  const { store, providers, clock } = deps
  const known = await store.readCatalogue()
  const due = [...providers.values()].filter(
    (provider) => !provider.needsKey && isDue(known.get(provider.id), clock.now()),
  )
  await Promise.all(
    due.map(async (provider) => {
      const entry = await askForModels(provider, known.get(provider.id), clock, signal)
      if (!signal.aborted) await store.saveCatalogue(provider.id, entry)
    }),
  )
  return due.length > 0
}

function isDue(entry: CatalogueEntry | undefined, now: number): boolean {
  if (!entry || entry.status === 'pending') return true
  return now - entry.checkedAt >= CATALOGUE_MAX_AGE_MS[entry.status]
}

async function askForModels(
  provider: Provider,
  before: CatalogueEntry | undefined,
  clock: Clock,
  signal: AbortSignal,
): Promise<CatalogueEntry> {
  try {
    const models = await provider.models(AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]))
    return { models, status: 'up', error: null, checkedAt: clock.now() }
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    const reason = error.error.message || error.error.kind
    return { models: before?.models ?? [], status: 'down', error: reason, checkedAt: clock.now() }
  }
}
